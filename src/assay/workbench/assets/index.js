"use strict";
const bar = document.querySelector(".bar");
if (bar) {
  const cards = [...document.querySelectorAll(".card")];
  const chips = [...document.querySelectorAll(".chip")];
  const find = bar.querySelector("input");
  const count = document.querySelector(".count");
  const none = document.querySelector(".none");
  const show = () => {
    const group = chips.find((chip) => chip.getAttribute("aria-pressed") === "true").dataset.show;
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const card of cards) {
      const text = card.textContent.toLowerCase();
      const fits =
        (group === "all" || card.dataset.groups.split(" ").includes(group)) &&
        words.every((word) => text.includes(word));
      card.hidden = !fits;
      seen += fits;
    }
    none.hidden = seen > 0;
    count.textContent = `${seen} of ${cards.length} reports`;
    count.hidden = seen === cards.length;
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      for (const other of chips) other.setAttribute("aria-pressed", String(other === chip));
      show();
    });
  }
  find.addEventListener("input", show);
  bar.hidden = false;
  const today = new Date().setHours(0, 0, 0, 0);
  for (const time of document.querySelectorAll("time")) {
    const days = Math.round((today - new Date(`${time.dateTime}T00:00:00`)) / 864e5);
    if (days >= 0) {
      time.title = time.textContent;
      if (days === 0) time.textContent = "today";
      else if (days === 1) time.textContent = "yesterday";
      else if (days < 60) time.textContent += `, ${days} days old`;
    }
  }
}
