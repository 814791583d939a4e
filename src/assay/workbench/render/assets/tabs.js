(() => {
  // Tabs stand one below the other where no script runs, and on paper.
  const sets = [...document.querySelectorAll("main .tabs")];

  function show(tabs, at, focus) {
    tabs.forEach(({ panel, button }, i) => {
      const chosen = i === at;
      panel.hidden = !chosen;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) button.focus();
    });
    dispatchEvent(new Event("resize"));
  }

  function enliven(set, n) {
    const list = document.createElement("div");
    list.className = "tablist";
    list.setAttribute("role", "tablist");
    const tabs = [...set.children].filter((e) => e.classList.contains("tab")).map((panel, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `tabs-${n}-tab-${i}`;
      button.textContent = panel.firstElementChild.textContent;
      panel.id ||= `tabs-${n}-panel-${i}`;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      list.append(button);
      return { panel, button };
    });
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    tabs.forEach(({ button }, i) => {
      button.addEventListener("click", () => show(tabs, i, false));
      button.addEventListener("keydown", (event) => {
        const last = tabs.length - 1;
        const to = event.key === "Home" ? 0 : event.key === "End" ? last : i + (steps[event.key] ?? 0);
        if (to === i) return;
        event.preventDefault();
        show(tabs, (to + tabs.length) % tabs.length, true);
      });
    });
    set.prepend(list);
    set.classList.add("live");
    show(tabs, 0, false);
    return tabs;
  }

  const all = sets.map(enliven);

  function follow() {
    const aim = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!aim) return;
    let hidden = false;
    for (const tabs of all) {
      const at = tabs.findIndex(({ panel }) => panel.contains(aim));
      if (at < 0) continue;
      hidden ||= tabs[at].panel.hidden;
      show(tabs, at, false);
    }
    if (hidden) aim.scrollIntoView();
  }

  addEventListener("hashchange", follow);
  follow();
})();
