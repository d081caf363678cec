
"use strict";
(() => {
  const sheet = JSON.parse(document.getElementById("data").textContent);
  const items = sheet.items, store = "pedalang rating " + sheet.sheet;
  const main = document.getElementById("main"), trouble = document.getElementById("trouble");
  let state = { at: -1, ratings: {}, comments: {}, saved: true };
  let active = 0;

  const complain = (text) => { trouble.textContent = text; trouble.hidden = false; };
  try { state = Object.assign(state, JSON.parse(localStorage.getItem(store) || "{}")); } catch (error) {
    complain("This browser does not keep what you rate. Save your ratings before you close the page.");
  }
  const keep = () => {
    try { localStorage.setItem(store, JSON.stringify(state)); } catch (error) {
      complain("This browser does not keep what you rate. Save your ratings before you close the page.");
    }
  };

  /* Text from dialogues goes into the page as text nodes only. */
  const element = (name, attributes, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") made.addEventListener(key, value);
      else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    for (const each of inside) made.append(each);
    return made;
  };

  const rated = (item) => item.questions.filter(([name]) => key(item, name) in state.ratings).length;
  const key = (item, name) => item.name + " " + name;
  const done = () => items.filter((item) => rated(item) === item.questions.length).length;

  const scale = (levels) => element("ol", { class: "scale" }, ...levels.map(([value, label, text], at) =>
    element("li", null, element("span", null, String(at + 1)), element("b", null, label), element("em", null, text))));

  const guide = () => {
    const rules = [
      "Judge what you read on the page, and nothing else. You are not told who the teacher is: it may be a person or a program.",
      "Rate each one for itself. The order is of chance; do not try to balance your ratings.",
      "Read the text of a level before you choose it, not only its name. Of two levels take the one whose text fits better.",
      "If you cannot say, leave it open and write why in the comment. An empty rating is better than a guess.",
      "Do not talk with other raters about single dialogues before all have finished.",
    ];
    main.replaceChildren(element("div", { class: "guide" },
      element("h1", null, "How to rate"),
      element("p", null, "You will read " + (items.length === 1 ? "one part" : items.length + " parts") +
        " of lessons, and answer " + (Object.keys(sheet.scales).length === 1 ? "a question" : "questions") +
        " about each. Where lines stand before a part, the question is about the marked lines alone."),
      ...Object.entries(sheet.scales).flatMap(([name, levels]) => {
        const first = items.flatMap((item) => item.questions).find(([asked]) => asked === name);
        return [element("h2", null, first[1]), scale(levels)];
      }),
      element("h2", null, "While you rate"),
      element("ul", { class: "rules" }, ...rules.map((each) => element("li", null, each))),
      element("div", { class: "keys" },
        element("h2", null, "Keys"),
        element("p", null, element("kbd", null, "1"), " to ", element("kbd", null, "9"), " choose a level, ",
          element("kbd", null, "Enter"), " or ", element("kbd", null, "→"), " goes on, ", element("kbd", null, "←"),
          " goes back, ", element("kbd", null, "↑"), " and ", element("kbd", null, "↓"), " change the question, ",
          element("kbd", null, "?"), " shows this guide.")),
      element("p", { class: "start" },
        element("button", { type: "button", class: "main", click: () => show(Math.max(0, open())) },
          done() ? "Go on rating" : "Start rating"),
        "Your browser keeps what you rate; you can stop at any time.")));
  };

  const open = () => items.findIndex((item) => rated(item) < item.questions.length);

  const line = ([who, text]) => element("div", { class: "line " + (who.startsWith("Teacher") ? "Teacher" : "Student") },
    element("span", { class: "who" }, who), element("span", { class: "text" }, text));

  const levels = (item, name, at) => sheet.scales[name].map(([value, label, text], number) => {
    const input = element("input", { type: "radio", name: "q" + at, value: String(number),
      change: () => choose(item, at, number) });
    input.checked = state.ratings[key(item, name)] === value;
    return element("label", { class: "level" }, input, element("span", { class: "key", "aria-hidden": "true" },
      String(number + 1)), element("span", null, element("b", null, label), element("small", null, text)));
  });

  const choose = (item, at, number) => {
    const [name] = item.questions[at], level = sheet.scales[name][number];
    if (!level) return;
    state.ratings[key(item, name)] = level[0];
    state.saved = false;
    keep();
    const fields = [...main.querySelectorAll("fieldset")];
    fields[at].querySelectorAll("input")[number].checked = true;
    fields[at].querySelector(".clear").hidden = false;
    const next = item.questions.findIndex(([each], place) => place > at && !(key(item, each) in state.ratings));
    focus(next < 0 ? at : next);
    head();
  };

  const clear = (item, at) => {
    delete state.ratings[key(item, item.questions[at][0])];
    state.saved = false;
    keep();
    show(state.at);
  };

  const focus = (at) => {
    active = at;
    [...main.querySelectorAll("fieldset")].forEach((each, place) =>
      each.classList.toggle("on", place === at && main.querySelectorAll("fieldset").length > 1));
  };

  const show = (at) => {
    if (at < 0) { state.at = -1; keep(); head(); guide(); scrollTo(0, 0); return; }
    if (at >= items.length) { state.at = items.length; keep(); head(); end(); scrollTo(0, 0); return; }
    state.at = at;
    keep();
    const item = items[at];
    const said = element("section", { class: "said", "aria-label": "What was said" });
    if (item.before.length) {
      said.append(element("details", { class: "before", open: true },
        element("summary", null, "What was said before"), ...item.before.map(line)));
      said.append(element("h2", null, "Rate these lines"));
    } else said.append(element("h2", null, "Rate this"));
    const now = element("div", { class: item.before.length ? "now" : "" }, ...item.part.map(line));
    said.append(now);
    const comment = element("textarea", { "aria-label": "Comment", maxlength: "2000", input: (event) => {
      state.comments[item.name] = event.target.value;
      state.saved = false;
      keep();
    } });
    comment.value = state.comments[item.name] || "";
    main.replaceChildren(element("div", { class: "item" }, said,
      element("section", { class: "asked", "aria-label": "Questions" },
        element("h2", null, (at + 1) + " of " + items.length),
        ...item.questions.map(([name, ask], place) => element("fieldset", { click: () => focus(place) },
          element("legend", null, ask), ...levels(item, name, place),
          element("button", { type: "button", class: "clear", hidden: !(key(item, name) in state.ratings),
            click: () => clear(item, place) }, "take it back"))),
        element("label", { class: "comment" }, "Comment, if you like", comment),
        element("div", { class: "step" },
          element("button", { type: "button", click: () => show(at - 1) }, "Back"),
          element("button", { type: "button", class: "main", click: () => show(at + 1) },
            at + 1 < items.length ? "Next" : "Finish")),
        element("p", { class: "hint" }, element("kbd", null, "1"), "–", element("kbd", null, "9"), " choose   ",
          element("kbd", null, "Enter"), " next   ", element("kbd", null, "←"), " back   ", element("kbd", null, "?"),
          " guide"))));
    const first = item.questions.findIndex(([name]) => !(key(item, name) in state.ratings));
    focus(Math.max(0, first));
    scrollTo(0, 0);
    if (item.before.length && now.getBoundingClientRect().bottom > innerHeight) now.scrollIntoView({ block: "center" });
    main.focus({ preventScroll: true });
    head();
  };

  const end = () => {
    const left = items.map((item, at) => [item, at]).filter(([item]) => rated(item) < item.questions.length);
    main.replaceChildren(element("div", { class: "end" },
      element("h1", null, left.length ? "Nearly there" : "All rated. Thank you"),
      element("p", null, left.length ? (left.length === 1 ? "One part is" : left.length + " parts are") +
        " not rated yet. You can leave them open, if you cannot say." :
        "Save your ratings as a file, and send that file back to whoever gave you this page."),
      element("p", { class: "open" }, ...left.slice(0, 300).map(([item, at]) =>
        element("button", { type: "button", click: () => show(at) }, String(at + 1)))),
      element("div", { class: "step" },
        element("button", { type: "button", class: "main", click: save }, "Save ratings"),
        element("button", { type: "button", click: () => show(items.length - 1) }, "Back"))));
  };

  const head = () => {
    const all = items.length, finished = done();
    document.getElementById("count").textContent = finished + " of " + all + " rated";
    document.getElementById("bar").style.width = (all ? 100 * finished / all : 0) + "%";
    const bar = document.querySelector(".progress");
    bar.setAttribute("aria-valuemax", String(all));
    bar.setAttribute("aria-valuenow", String(finished));
  };

  const cell = (value) => {
    const text = String(value), safe = /^[=+\-@\t\r]/.test(text) && typeof value === "string" ? "'" + text : text;
    return /[",\n\r;\t]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  };

  const csv = () => {
    const rows = [["rater", "item", "criterion", "rating", "comment"]];
    for (const item of items) item.questions.forEach(([name], at) => {
      const value = state.ratings[key(item, name)];
      rows.push([sheet.rater, item.name, name, value === undefined ? "" : value,
        at === 0 ? state.comments[item.name] || "" : ""]);
    });
    return "\ufeff" + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  };

  const save = () => {
    const address = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
    const name = "ratings-" + sheet.rater.replace(/[^\p{L}\p{N}._-]+/gu, "_") + ".csv";
    const link = element("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    state.saved = true;
    keep();
  };

  document.getElementById("guide").addEventListener("click", () => show(-1));
  document.getElementById("save").addEventListener("click", save);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.tagName === "TEXTAREA") { if (event.key === "Escape") main.focus(); return; }
    if (event.key === "?") { show(state.at < 0 ? Math.max(0, open()) : -1); event.preventDefault(); return; }
    const onButton = event.target.tagName === "BUTTON" || event.target.tagName === "SUMMARY";
    if (state.at < 0) {
      if (event.key === "Enter" && !onButton) show(Math.max(0, open()));
      return;
    }
    const item = items[state.at];
    if (item && /^[1-9]$/.test(event.key)) choose(item, active, Number(event.key) - 1);
    else if (event.key === "ArrowLeft") show(state.at - 1);
    else if (event.key === "ArrowRight" || (event.key === "Enter" && !onButton)) { if (item) show(state.at + 1); }
    else if (item && event.key === "ArrowDown") focus(Math.min(active + 1, item.questions.length - 1));
    else if (item && event.key === "ArrowUp") focus(Math.max(active - 1, 0));
    else return;
    event.preventDefault();
  });
  addEventListener("beforeunload", (event) => { if (!state.saved) event.preventDefault(); });
  show(Math.min(state.at, items.length));
})();
