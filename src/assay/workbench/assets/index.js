"use strict";
const bar = document.querySelector(".bar");
const DAY = 864e5;
const midnight = new Date().setHours(0, 0, 0, 0);
const daysSince = (iso) => {
  const moment = new Date(iso.length === 10 ? `${iso}T00:00:00` : iso);
  return Math.round((midnight - moment.setHours(0, 0, 0, 0)) / DAY);
};
const ago = (days) => (days === 0 ? "today" : days === 1 ? "yesterday" : `${days} days ago`);

const tellAges = () => {
  for (const time of document.querySelectorAll("time")) {
    const days = daysSince(time.dateTime);
    if (!(days >= 0)) continue;
    time.title = time.textContent.replace(/^on /, "");
    if (time.classList.contains("ago")) time.textContent = ago(days);
    else if (days < 2) time.textContent = ago(days);
    else if (days < 60 && time.classList.contains("age-of")) time.textContent += `, ${ago(days)}`;
  }
};

const FOREIGN = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
const folded = (text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => FOREIGN[letter])
    .replace(/[−–‐‑]/g, "-")
    .replace(/\s+/g, " ");

const listed = (text) => JSON.parse(text || "[]");

/* One object for each card: what it is found and filtered by. */
const read = (node) => {
  const card = {
    node,
    text: folded(node.textContent),
    state: listed(node.dataset.states),
    kind: listed(node.dataset.kinds),
    report: [node.dataset.report],
    agent: listed(node.dataset.agents),
    tag: listed(node.dataset.tags),
    finding: listed(node.dataset.findings),
    day: node.dataset.day,
    created: node.dataset.created.slice(0, 10),
  };
  const days = card.day ? daysSince(card.day) : -1;
  if (node.dataset.stale && days > Number(node.dataset.stale)) {
    card.state.push("stale");
    const note = document.createElement("span");
    note.className = "age";
    note.textContent = `the data end ${days} days ago`;
    node.querySelector(".meta").append(note);
  }
  return card;
};

const start = () => {
  const cards = [...document.querySelectorAll(".card")].map(read);
  const status = document.querySelector(".count");
  const none = document.querySelector(".none");
  const more = bar.querySelector(".filters");
  const field = (name) => bar.elements.namedItem(name);
  const SELECTS = ["report", "agent", "tag", "finding"];
  const CHIPS = ["state", "kind"];
  const values = (facet) => [...new Set(cards.flatMap((card) => card[facet]))].sort();
  let wanted;

  /* Controls for what there is: a choice among one is no choice. */
  const chipBox = bar.querySelector(".chips");
  const kinds = values("kind");
  for (const kind of kinds.length > 1 ? kinds : []) {
    const chip = chipBox.firstElementChild.cloneNode();
    delete chip.dataset.all;
    Object.assign(chip.dataset, { facet: "kind", value: kind });
    chip.setAttribute("aria-pressed", "false");
    chip.textContent = kind;
    chipBox.append(chip);
  }
  const present = values("state");
  for (const chip of chipBox.querySelectorAll("[data-facet=state]")) {
    if (present.includes(chip.dataset.value)) chip.hidden = false;
    else chip.remove();
  }
  const chips = [...chipBox.querySelectorAll("[data-facet]")];
  for (const chip of chips) {
    const number = document.createElement("span");
    number.className = "n";
    chip.append(" ", number);
  }
  for (const facet of SELECTS) {
    const found = values(facet);
    const select = field(facet);
    for (const value of facet === "finding" ? [] : found) select.append(new Option(value, value));
    for (const option of [...select.options].slice(1)) {
      if (!found.includes(option.value)) option.remove();
      option.dataset.label = option.textContent;
    }
    if (found.length < (facet === "report" || facet === "finding" ? 2 : 1)) {
      select.closest("label").hidden = true;
    }
  }

  const asked = () => {
    const found = { q: field("q").value.trim() };
    for (const facet of CHIPS) {
      found[facet] = chips
        .filter((chip) => chip.dataset.facet === facet && chip.ariaPressed === "true")
        .map((chip) => chip.dataset.value);
    }
    for (const facet of SELECTS) found[facet] = field(facet).value ? [field(facet).value] : [];
    for (const name of ["dates", "from", "to"]) found[name] = field(name).value;
    return found;
  };

  /* Which of the questions a card fails: none, and it is shown; one, and it counts for that one. */
  const failed = (card, words) => {
    const fails = [];
    if (!words.every((word) => card.text.includes(word))) fails.push("q");
    for (const facet of [...CHIPS, ...SELECTS]) {
      const any = wanted[facet];
      if (any.length && !any.some((value) => card[facet].includes(value))) fails.push(facet);
    }
    const day = card[wanted.dates];
    const outside = (wanted.from && day < wanted.from) || (wanted.to && day > wanted.to);
    if ((wanted.from || wanted.to) && (!day || outside)) fails.push("dates");
    return fails;
  };

  const show = () => {
    wanted = asked();
    const words = folded(wanted.q).split(" ").filter(Boolean);
    const counts = Object.fromEntries([...CHIPS, ...SELECTS].map((facet) => [facet, new Map()]));
    let seen = 0;
    for (const card of cards) {
      const fails = failed(card, words);
      const hidden = fails.length > 0;
      if (card.node.hidden !== hidden) card.node.hidden = hidden;
      seen += !hidden;
      for (const facet of [...CHIPS, ...SELECTS]) {
        if (fails.some((name) => name !== facet)) continue;
        for (const value of card[facet]) {
          counts[facet].set(value, (counts[facet].get(value) || 0) + 1);
        }
      }
    }
    for (const chip of chips) {
      chip.lastChild.textContent = counts[chip.dataset.facet].get(chip.dataset.value) || 0;
    }
    for (const facet of SELECTS) {
      for (const option of [...field(facet).options].slice(1)) {
        option.textContent = `${option.dataset.label} (${counts[facet].get(option.value) || 0})`;
      }
    }
    chipBox.firstElementChild.ariaPressed = String(chips.every((c) => c.ariaPressed === "false"));
    none.hidden = seen > 0;
    status.firstElementChild.textContent = `${seen} of ${cards.length} reports`;
    status.hidden = !fragment();
  };

  const fragment = () => {
    const said = new URLSearchParams();
    if (wanted.q) said.set("q", wanted.q);
    for (const facet of [...CHIPS, ...SELECTS]) {
      for (const value of wanted[facet]) said.append(facet, value);
    }
    if (wanted.from || wanted.to) {
      for (const name of ["dates", "from", "to"]) if (wanted[name]) said.set(name, wanted[name]);
    }
    return said.toString();
  };

  const tell = () => {
    show();
    const said = fragment();
    history.replaceState(null, "", said ? `#${said}` : location.href.split("#")[0]);
  };

  const restore = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    field("q").value = said.get("q") || "";
    for (const chip of chips) {
      chip.ariaPressed = String(said.getAll(chip.dataset.facet).includes(chip.dataset.value));
    }
    for (const name of [...SELECTS, "from", "to"]) {
      field(name).value = said.get(name) || "";
      if (field(name).value) more.open = true;
      else field(name).value = "";
    }
    field("dates").value = said.get("dates") === "created" ? "created" : "day";
    show();
  };

  chipBox.addEventListener("click", ({ target }) => {
    const chip = target.closest(".chip");
    if (!chip) return;
    if ("all" in chip.dataset) for (const other of chips) other.ariaPressed = "false";
    else chip.ariaPressed = String(chip.ariaPressed !== "true");
    tell();
  });
  bar.addEventListener("input", tell);
  bar.addEventListener("submit", (event) => event.preventDefault());
  status.querySelector("[data-clear]").addEventListener("click", () => {
    bar.reset();
    for (const chip of chips) chip.ariaPressed = "false";
    tell();
    field("q").focus();
  });
  window.addEventListener("hashchange", restore);
  bar.hidden = false;
  restore();
};

tellAges();
if (bar) start();
