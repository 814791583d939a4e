"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The script lies packed in the page; once unpacked, the page's policy knows it by its hash.
  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    packed.remove();
    document.head.append(script);
  }

  // Charts of one view take the column's width; concatenated ones keep the size they were given.
  function fitted(spec, width) {
    const fixed = ["hconcat", "vconcat", "concat", "facet", "repeat", "spec"].some((k) => k in spec);
    const encoding = spec.encoding ?? {};
    const stepped = typeof spec.width === "object";
    if (fixed || stepped || encoding.column || encoding.facet || encoding.row) return spec;
    return { ...spec, width, autosize: { type: "fit-x", contains: "padding" } };
  }

  // Vega-Lite remarks on its own defaults ("dropping fit-y"); a reader's console is not for that.
  async function quietly(work) {
    const { warn } = console;
    console.warn = () => {};
    try { return await work(); } finally { console.warn = warn; }
  }

  // Nothing is fetched, whatever a chart asks for; a link may be followed.
  const loader = {
    load: () => Promise.reject(new Error("a chart's data lie in the page")),
    sanitize: (uri, { context } = {}) => {
      const allowed = context === "href" ? /^(https?:|mailto:|#)/i : /^data:image\//i;
      if (!allowed.test(uri)) return Promise.reject(new Error("a chart fetches nothing"));
      return Promise.resolve({ href: uri, ...(context === "href" ? { rel: "noopener noreferrer" } : {}) });
    },
    options: {},
  };

  async function draw(chart) {
    const live = chart.querySelector(".live");
    const spec = JSON.parse(chart.querySelector("script").textContent);
    const options = {
      ast: true, loader, actions: false, defaultStyle: false, renderer: "svg", mode: "vega-lite", logLevel: 1,
      tooltip: { disableDefaultStyle: true }, config: { aria: false, background: null },
    };
    live.hidden = false;
    const wide = fitted(spec, chart.clientWidth);
    const result = await quietly(() => window.vegaEmbed(live, wide, options));
    chart.classList.add("drawn");
    if (wide === spec) return;
    let before = chart.clientWidth;
    new ResizeObserver(() => {
      const now = chart.clientWidth;
      if (now && Math.abs(now - before) > 1) result.view.width((before = now)).runAsync();
    }).observe(chart);
  }

  async function charts() {
    const packed = document.getElementById("vega");
    if (!packed || !("DecompressionStream" in window)) return;
    await unpack(packed);
    for (const chart of all(".chart")) {
      try {
        await draw(chart);
      } catch (error) {
        chart.querySelector(".live").hidden = true;
        console.error(error);
      }
    }
    document.documentElement.dataset.charts = "drawn";
  }

  function menu() {
    const fold = document.querySelector("nav details");
    const narrow = matchMedia("(max-width: 860px)");
    const follow = () => { fold.open = !narrow.matches; };
    narrow.addEventListener("change", follow);
    follow();
    const entries = all("nav a").map((a) => [a, document.getElementById(a.hash.slice(1))]);
    const mark = () => {
      const foot = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
      const passed = entries.filter(([, at]) => at && at.getBoundingClientRect().top < 140);
      const [now] = foot ? entries.at(-1) : passed.at(-1) ?? entries[0] ?? [];
      for (const [a] of entries) {
        if (a === now) a.setAttribute("aria-current", "true");
        else a.removeAttribute("aria-current");
      }
    };
    addEventListener("scroll", mark, { passive: true });
    addEventListener("resize", mark);
    mark();
  }

  function unfold() {
    const aim = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = aim; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  }

  function scrollers() {
    for (const box of all(".scroll:not([role]), pre, .still, math")) {
      if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  document.documentElement.classList.add("js");
  menu();
  unfold();
  scrollers();
  addEventListener("hashchange", unfold);
  addEventListener("resize", scrollers);
  addEventListener("beforeprint", () => all("main details").forEach((d) => { d.open = true; }));
  charts().then(scrollers);
})();
