"use strict";
// What a reader may take along: a figure as a picture, its data and every table as CSV. The buttons
// are made here, so that none stands where scripts are off. Nothing of it leaves the page.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const { file } = document.body.dataset;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (tag, properties, ...inside) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  };
  const said = made("p", { className: "said", role: "status" });

  // Rows of a chart --------------------------------------------------------------------------

  function sources(at, named, found) {
    if (!at || typeof at !== "object") return found;
    if (Array.isArray(at)) {
      for (const each of at) sources(each, named, found);
      return found;
    }
    for (const [key, value] of Object.entries(at)) {
      if (key === "data" && value && typeof value === "object") {
        const rows = value.values ?? named[value.name];
        if (Array.isArray(rows) && rows.length) found.add(rows);
      } else if (key !== "datasets" && key !== "values") sources(value, named, found);
    }
    return found;
  }

  function chartTable(spec) {
    const parts = [...sources(spec, spec.datasets ?? {}, new Set())]
      .map((rows) => rows.map((row) => (row && typeof row === "object" ? row : { data: row })));
    const names = [...new Set(parts.flat().flatMap(Object.keys))];
    const lines = parts.flatMap((rows, i) =>
      rows.map((row) => [...(parts.length > 1 ? [i + 1] : []), ...names.map((name) => row[name])]));
    return lines.length ? [[...(parts.length > 1 ? ["part"] : []), ...names], ...lines] : null;
  }

  // A printed number becomes one that a spreadsheet reads: no thin spaces, a plain minus.
  function plain(text) {
    const number = text.replace(/(\d)[\u202f\u00a0](?=\d)/g, "$1").replace(/^\u2212/, "-");
    return /^-?\d+(\.\d+)?$/.test(number) ? number : text;
  }

  const htmlTable = (table) => [...table.rows].map((row) =>
    [...row.cells].map((cell) => plain(cell.textContent.trim().replace(/[ \t\n]+/g, " "))));

  // RFC 4180; text that a spreadsheet would take for a formula gets an apostrophe before it.
  function field(value) {
    if (value === null || value === undefined) return "";
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    const number = typeof value === "number" || /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text);
    const safe = !number && /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
    return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function csv(table) {
    const text = `${table.map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
    // Spreadsheets take a file without the mark for their own old code page.
    const mark = /[^\x00-\x7f]/.test(text) ? "\ufeff" : "";
    return new Blob([mark + text], { type: "text/csv" });
  }

  // Pictures ---------------------------------------------------------------------------------

  // As on paper: light, whatever the reader's screen is, since it is taken into a document.
  function drawing(figure) {
    const still = figure.querySelector(".still svg");
    const source = figure.querySelector("img")?.src ?? "";
    if (!still && !source.startsWith("data:image/svg+xml")) return null;
    const svg = still ? still.cloneNode(true) : new DOMParser().parseFromString(
      new TextDecoder().decode(Uint8Array.from(atob(source.split(",")[1]), (c) => c.charCodeAt(0))),
      "image/svg+xml").documentElement;
    const [x, y, width, height] = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const frame = { x: x || 0, y: y || 0, width: width || "100%", height: height || "100%", fill: "#ffffff" };
    for (const [name, value] of Object.entries(frame)) ground.setAttribute(name, value);
    svg.prepend(ground);
    if (!svg.getAttribute("width") && width) svg.setAttribute("width", width);
    if (!svg.getAttribute("height") && height) svg.setAttribute("height", height);
    return new XMLSerializer().serializeToString(svg);
  }

  async function picture(figure) {
    const text = drawing(figure);
    const image = new Image();
    image.src = text ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}` : figure.querySelector("img").src;
    await image.decode();
    const canvas = document.createElement("canvas");
    const larger = text ? 2 : 1;
    canvas.width = image.naturalWidth * larger;
    canvas.height = image.naturalHeight * larger;
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#ffffff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done, failed) => {
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png");
    });
  }

  // What is done with them -------------------------------------------------------------------

  let quiet = 0;
  function say(text, beside) {
    said.textContent = "";
    beside.append(said);
    said.textContent = text;
    clearTimeout(quiet);
    quiet = setTimeout(() => { said.textContent = ""; }, 6000);
  }

  const filled = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function save(blob, name, beside) {
    const link = made("a", { href: URL.createObjectURL(blob), download: name, hidden: true });
    beside.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 30_000);
    say(filled(words.saved, { file: name }), beside);
  }

  async function copy(types, blob, name, beside) {
    try {
      await navigator.clipboard.write([new ClipboardItem(types)]);
      say(words.copied, beside);
    } catch {
      save(await blob, name, beside);
      say(filled(words.refused, { file: name }), beside);
    }
  }

  const svgBlob = (figure) => new Blob([drawing(figure)], { type: "image/svg+xml" });

  function copySvg(figure, name, beside) {
    const types = { "text/plain": new Blob([drawing(figure)], { type: "text/plain" }) };
    if (window.ClipboardItem?.supports?.("image/svg+xml")) types["image/svg+xml"] = svgBlob(figure);
    return copy(types, svgBlob(figure), name, beside);
  }

  function copyPng(figure, name, beside) {
    const blob = picture(figure);
    return copy({ "image/png": blob }, blob, name, beside);
  }

  // Buttons ----------------------------------------------------------------------------------

  function offer(place, name, choices) {
    const label = filled(words.take, { name });
    const list = made("ul", { hidden: true });
    list.setAttribute("aria-label", name);
    const opener = made("button", { type: "button", className: "opener", title: label }, made("span", { textContent: "⋯" }));
    opener.firstChild.setAttribute("aria-hidden", "true");
    opener.setAttribute("aria-label", label);
    const box = made("div", { className: "tools" }, opener, list);
    const open = (now) => {
      list.hidden = !now;
      opener.setAttribute("aria-expanded", now);
    };
    open(false);
    for (const [text, act] of choices) {
      const button = made("button", { type: "button", textContent: text });
      button.addEventListener("click", async () => {
        open(false);
        opener.focus();
        try {
          await act(box);
        } catch {
          say(words.failed, box);
        }
      });
      list.append(made("li", {}, button));
    }
    opener.addEventListener("click", () => open(list.hidden));
    box.addEventListener("keydown", (event) => {
      const buttons = all("button", list);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape" && !list.hidden) {
        open(false);
        opener.focus();
      } else if (step) {
        event.preventDefault();
        open(true);
        const now = buttons.indexOf(document.activeElement);
        buttons.at(now < 0 ? Math.min(step - 1, 0) || (step > 0 ? 0 : -1) : (now + step) % buttons.length).focus();
      }
    });
    box.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !box.contains(event.relatedTarget)) open(false);
    });
    document.addEventListener("pointerdown", (event) => {
      if (!box.contains(event.target)) open(false);
    });
    place.append(box);
  }

  all("figure[data-name]").forEach((figure) => {
    const stem = `${file}-${figure.id}`;
    const source = figure.querySelector('.chart > script[type="application/json"]');
    const drawn = figure.querySelector(".still svg") ?? figure.querySelector('img[src^="data:image/svg"]');
    const table = source && chartTable(JSON.parse(source.textContent));
    if (!drawn && !figure.querySelector("img")) return;
    offer(figure, figure.dataset.name, [
      [words.copy_png, (box) => copyPng(figure, `${stem}.png`, box)],
      ...(drawn ? [[words.copy_svg, (box) => copySvg(figure, `${stem}.svg`, box)]] : []),
      [words.save_png, async (box) => save(await picture(figure), `${stem}.png`, box)],
      ...(drawn ? [[words.save_svg, (box) => save(svgBlob(figure), `${stem}.svg`, box)]] : []),
      ...(table ? [[words.save_data, (box) => save(csv(table), `${stem}.csv`, box)]] : []),
    ]);
  });

  all(".table").forEach((place, i) => {
    const name = place.dataset.name || words.table;
    const stem = `${file}-${place.id || `table-${i + 1}`}`;
    offer(place, name, [
      [words.save_table, (box) => save(csv(htmlTable(place.querySelector("table"))), `${stem}.csv`, box)],
    ]);
  });
})();
