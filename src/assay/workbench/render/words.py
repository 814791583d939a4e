"""The page's own words in the report's language; what a report says itself is left as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assay.core.language import language

_ORDER: Final = ("de", "fr", "es")
_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "Figure": ("Abbildung", "Figure", "Figura"),
    "Table": ("Tabelle", "Tableau", "Tabla"),
    "Code": ("Code", "Code", "Código"),
    "Report": ("Bericht", "Rapport", "Informe"),
    "Decision": ("Entscheidung", "Décision", "Decisión"),
    "References": ("Literatur", "Références", "Referencias"),
    "Skip to the report": ("Zum Bericht", "Aller au rapport", "Ir al informe"),
    "Sections of this report": (
        "Abschnitte dieses Berichts",
        "Sections de ce rapport",
        "Secciones de este informe",
    ),
    "In this report": ("In diesem Bericht", "Dans ce rapport", "En este informe"),
    "Also as": ("Auch als", "Aussi en", "También en"),
    "numbers (JSON)": ("Zahlen (JSON)", "chiffres (JSON)", "cifras (JSON)"),
    "notebook": ("Notebook", "notebook", "cuaderno"),
    "newest version": ("neueste Version", "dernière version", "última versión"),
    "all versions": ("alle Versionen", "toutes les versions", "todas las versiones"),
    "all reports": ("alle Berichte", "tous les rapports", "todos los informes"),
    "Version": ("Version", "Version", "Versión"),
    "Data through": ("Daten bis", "Données jusqu’au", "Datos hasta"),
    "Look": ("Zwischenstand", "Analyse", "Análisis"),
    "As of": ("Stand", "Au", "A fecha de"),
    "Author": ("Autor", "Auteur", "Autor"),
    "Date": ("Datum", "Date", "Fecha"),
    "Page {} of {}": ("Seite {} von {}", "Page {} sur {}", "Página {} de {}"),
    "{} of {} rows": ("{} von {} Zeilen", "{} lignes sur {}", "{} de {} filas"),
    "{} rows": ("{} Zeilen", "{} lignes", "{} filas"),
    "… {} more rows": ("… {} weitere Zeilen", "… encore {} lignes", "… {} filas más"),
    "… {} more rows in the page": (
        "… {} weitere Zeilen auf der Seite",
        "… encore {} lignes dans la page",
        "… {} filas más en la página",
    ),
    "… {} more columns in the page": (
        "… {} weitere Spalten auf der Seite",
        "… encore {} colonnes dans la page",
        "… {} columnas más en la página",
    ),
    "Over {} versions": ("Über {} Versionen", "Sur {} versions", "En {} versiones"),
    "Changed since last version": (
        "Geändert seit der letzten Version",
        "Changé depuis la dernière version",
        "Cambios desde la última versión",
    ),
    "verdict": ("Urteil", "verdict", "veredicto"),
    "nothing, still {}": ("nichts, weiterhin {}", "rien, toujours {}", "nada, sigue {}"),
    "still {}": ("weiterhin {}", "toujours {}", "sigue {}"),
    "Where it comes from": ("Woher es kommt", "D’où cela vient", "De dónde viene"),
    "parameters, data, versions": (
        "Parameter, Daten, Versionen",
        "paramètres, données, versions",
        "parámetros, datos, versiones",
    ),
    "How to run it again": ("So läuft er noch einmal", "Pour le refaire", "Cómo repetirlo"),
    "Parameters": ("Parameter", "Paramètres", "Parámetros"),
    "not given": ("nicht angegeben", "non indiqués", "sin indicar"),
    "Inputs": ("Eingaben", "Entrées", "Entradas"),
    "Input": ("Eingabe", "Entrée", "Entrada"),
    "Path": ("Pfad", "Chemin", "Ruta"),
    "Rows": ("Zeilen", "Lignes", "Filas"),
    "First": ("Von", "Premier", "Primero"),
    "Last": ("Bis", "Dernier", "Último"),
    "Left out": ("Weggelassen", "Écarté", "Descartado"),
    "Count": ("Anzahl", "Nombre", "Número"),
    "Why": ("Warum", "Pourquoi", "Motivo"),
    "Code and packages": ("Code und Pakete", "Code et paquets", "Código y paquetes"),
    "Revision": ("Revision", "Révision", "Revisión"),
    "clean": ("ohne Änderungen", "propre", "sin cambios"),
    "with changes that are not committed": (
        "mit Änderungen, die nicht festgehalten sind",
        "avec des changements non enregistrés",
        "con cambios sin registrar",
    ),
    "Notebook": ("Notebook", "Notebook", "Cuaderno"),
    "Seed": ("Startwert", "Graine", "Semilla"),
    "Key of the run": ("Schlüssel des Laufs", "Clé de l’exécution", "Clave de la ejecución"),
    "Packages": ("Pakete", "Paquets", "Paquetes"),
    "yes": ("ja", "oui", "sí"),
    "no": ("nein", "non", "no"),
    "Note": ("Hinweis", "Note", "Nota"),
    "Tip": ("Tipp", "Astuce", "Consejo"),
    "Important": ("Wichtig", "Important", "Importante"),
    "Caution": ("Vorsicht", "Prudence", "Precaución"),
    "Warning": ("Warnung", "Avertissement", "Advertencia"),
    # what the page's own script says
    "{name}: copy or save": (
        "{name}: kopieren oder speichern",
        "{name} : copier ou enregistrer",
        "{name}: copiar o guardar",
    ),
    "Copy as PNG": ("Als PNG kopieren", "Copier en PNG", "Copiar como PNG"),
    "Copy as SVG": ("Als SVG kopieren", "Copier en SVG", "Copiar como SVG"),
    "Save PNG": ("PNG speichern", "Enregistrer le PNG", "Guardar PNG"),
    "Save SVG": ("SVG speichern", "Enregistrer le SVG", "Guardar SVG"),
    "Save data (CSV)": (
        "Daten speichern (CSV)",
        "Enregistrer les données (CSV)",
        "Guardar datos (CSV)",
    ),
    "Save as CSV": ("Als CSV speichern", "Enregistrer en CSV", "Guardar como CSV"),
    "Saved as {file}": ("Gespeichert als {file}", "Enregistré sous {file}", "Guardado como {file}"),
    "Copied": ("Kopiert", "Copié", "Copiado"),
    "The clipboard was refused; saved as {file}": (
        "Die Zwischenablage wurde verweigert; gespeichert als {file}",
        "Presse-papiers refusé ; enregistré sous {file}",
        "Portapapeles denegado; guardado como {file}",
    ),
    "This browser cannot do that": (
        "Dieser Browser kann das nicht",
        "Ce navigateur ne le peut pas",
        "Este navegador no puede hacerlo",
    ),
    # what the frame of our own reports says
    "Experiment": ("Experiment", "Expérience", "Experimento"),
    "randomised": ("randomisiert", "randomisé", "aleatorizado"),
    "before–after": ("vorher–nachher", "avant–après", "antes–después"),
    "association": ("Zusammenhang", "association", "asociación"),
    "rule": ("Regel", "règle", "regla"),
    "ship": ("einführen", "déployer", "desplegar"),
    "keep": ("behalten", "garder", "mantener"),
    "undecided": ("unentschieden", "indécis", "sin decidir"),
    "blocked": ("gesperrt", "bloqué", "bloqueado"),
    "What changed": ("Was sich änderte", "Ce qui a changé", "Qué cambió"),
    "How sure, since when": (
        "Wie sicher, seit wann",
        "Quelle certitude, depuis quand",
        "Con qué certeza, desde cuándo",
    ),
    "How sure": ("Wie sicher", "Quelle certitude", "Con qué certeza"),
    "For whom": ("Für wen", "Pour qui", "Para quién"),
    "For what": ("Wofür", "Pour quoi", "Para qué"),
    "Costs": ("Kosten", "Coûts", "Costes"),
    "Volume": ("Menge", "Volume", "Volumen"),
    "Mix": ("Mischung", "Répartition", "Composición"),
    "Columns": ("Spalten", "Colonnes", "Columnas"),
    "New names": ("Neue Namen", "Nouveaux noms", "Nombres nuevos"),
    "Implausible rows": ("Unplausible Zeilen", "Lignes invraisemblables", "Filas inverosímiles"),
    "Can it be trusted": ("Verlässlich?", "Est-ce fiable ?", "¿Es fiable?"),
    # what the section on alerts says
    "Alerts": ("Meldungen", "Alertes", "Alertas"),
    "{} alert is open about these data": (
        "{} Meldung zu diesen Daten ist offen",
        "{} alerte est ouverte sur ces données",
        "{} alerta abierta sobre estos datos",
    ),
    "{} alerts are open about these data": (
        "{} Meldungen zu diesen Daten sind offen",
        "{} alertes sont ouvertes sur ces données",
        "{} alertas abiertas sobre estos datos",
    ),
    "No alert is open about these data": (
        "Keine Meldung zu diesen Daten ist offen",
        "Aucune alerte n’est ouverte sur ces données",
        "Ninguna alerta abierta sobre estos datos",
    ),
    "These data are not watched for alerts": (
        "Diese Daten werden nicht überwacht",
        "Ces données ne sont pas surveillées",
        "Estos datos no se vigilan",
    ),
    "What is watched in this project (params/alerts.yaml) are other data.": (
        "Überwacht werden in diesem Projekt (params/alerts.yaml) andere Daten.",
        "Ce projet surveille (params/alerts.yaml) d’autres données.",
        "Este proyecto vigila (params/alerts.yaml) otros datos.",
    ),
    "Nobody has looked for alerts in these data yet": (
        "In diesen Daten hat noch niemand nach Auffälligem gesehen",
        "Personne n’a encore cherché d’alertes dans ces données",
        "Nadie ha buscado aún alertas en estos datos",
    ),
    "They are watched (params/alerts.yaml), but no look at them has come to its end.": (
        "Sie werden überwacht (params/alerts.yaml), doch kein Blick auf sie kam zu seinem Ende.",
        "Elles sont surveillées (params/alerts.yaml), mais aucun examen n’a abouti.",
        "Se vigilan (params/alerts.yaml), pero ningún examen ha terminado.",
    ),
    "Publishing looks where it is not told --no-alerts; assay alerts update looks at once.": (
        "Das Veröffentlichen sieht nach, außer mit --no-alerts; assay alerts update tut es sofort.",
        "La publication s’en charge, sauf avec --no-alerts ; assay alerts update le fait aussitôt.",
        "Al publicar se hace, salvo con --no-alerts; assay alerts update lo hace en el acto.",
    ),
    "No series of these data can be watched: assay alerts update says why.": (
        "Keine Reihe dieser Daten lässt sich überwachen: assay alerts update sagt, warum.",
        "Aucune série de ces données ne peut être surveillée : assay alerts update dit pourquoi.",
        "Ninguna serie de estos datos puede vigilarse: assay alerts update dice por qué.",
    ),
    "{} series watched up to {}": (
        "{} Reihen überwacht bis {}",
        "Séries surveillées : {}, jusqu’au {}",
        "Series vigiladas: {}, hasta el {}",
    ),
    "budget {} false alarms per {} days": (
        "höchstens {} Fehlalarme in {} Tagen",
        "au plus {} fausses alertes en {} jours",
        "como máximo {} falsas alarmas en {} días",
    ),
    "budget {} false alarm per {} days": (
        "höchstens {} Fehlalarm in {} Tagen",
        "au plus {} fausse alerte en {} jours",
        "como máximo {} falsa alarma en {} días",
    ),
    "over all {} of the project": (
        "über alle {} des Projekts",
        "sur l’ensemble des {} du projet",
        "sobre las {} del proyecto",
    ),
    "{} acknowledged.": ("{} zur Kenntnis genommen.", "Prises en compte : {}.", "Reconocidas: {}."),
    "{} muted.": ("{} stumm geschaltet.", "Mises en sourdine : {}.", "Silenciadas: {}."),
    "Open alerts, the gravest first; assay alerts has them by their id.": (
        "Offene Meldungen, die schwersten zuerst; assay alerts kennt sie an ihrer Kennung.",
        "Alertes ouvertes, les plus graves d’abord ; assay alerts les nomme par identifiant.",
        "Alertas abiertas, primero las más graves; assay alerts las nombra por su identificador.",
    ),
    "Severity": ("Schwere", "Gravité", "Gravedad"),
    "What": ("Was", "Quoi", "Qué"),
    "Money": ("Geld", "Argent", "Dinero"),
    "Id": ("Kennung", "Identifiant", "Identificador"),
    "critical": ("kritisch", "critique", "crítica"),
    "warning": ("Warnung", "avertissement", "aviso"),
    "info": ("Hinweis", "info", "información"),
    "acknowledged": ("zur Kenntnis genommen", "prise en compte", "reconocida"),
    "costs {} a day": ("kostet {} am Tag", "coûte {} par jour", "cuesta {} al día"),
    "saves {} a day": ("spart {} am Tag", "économise {} par jour", "ahorra {} al día"),
    "How it was done": ("Wie es gemacht wurde", "Comment c’est fait", "Cómo se hizo"),
}


@dataclass(frozen=True, slots=True)
class Say:
    """English word of the page → the same in the report's language.

    A language or word that is not known stays English.

    >>> Say("de-CH")("Table")
    'Tabelle'
    """

    lang: str = "en"

    def __call__(self, word: str) -> str:
        """The word in this language."""
        base = self.lang.partition("-")[0].lower()
        if base not in _ORDER or word not in _WORDS:
            return word
        return _WORDS[word][_ORDER.index(base)]

    def count(self, number: int) -> str:
        """A count with its digits grouped.

        >>> Say("de").count(5000)
        '5.000'
        """
        return language(self.lang).digits(number, 0)


ENGLISH: Final = Say()
