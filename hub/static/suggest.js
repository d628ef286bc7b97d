// Titles while you type, below a search box. Only a comfort: without it the form works just the same.
// A combobox with a list box, as WAI-ARIA's authoring practices describe it; runs on old telephones.
(function () {
  "use strict";
  var box = document.getElementById("q");
  if (!box || !window.fetch) return;
  var list = document.createElement("ul");
  var chosen = -1, asked = "", timer = 0;
  list.id = "q-list";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.getAttribute("data-suggestions") || "");
  box.parentNode.parentNode.appendChild(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", "q-list");
  box.setAttribute("aria-expanded", "false");

  function close() {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function choose(number) {
    var rows = list.children;
    if (!rows.length) return;
    if (chosen >= 0) rows[chosen].setAttribute("aria-selected", "false");
    chosen = (number + rows.length) % rows.length;
    rows[chosen].setAttribute("aria-selected", "true");
    rows[chosen].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", rows[chosen].id);
  }

  function show(suggestions) {
    list.textContent = "";
    suggestions.forEach(function (suggestion, number) {
      var row = document.createElement("li"), title = document.createElement("b"), book = document.createElement("span");
      row.id = "q-" + number;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      row.setAttribute("data-url", suggestion.url);
      title.textContent = suggestion.title;
      book.textContent = suggestion.book === suggestion.title ? "" : suggestion.book;
      book.className = "note";
      row.appendChild(title);
      row.appendChild(document.createTextNode(" "));
      row.appendChild(book);
      list.appendChild(row);
    });
    close();
    if (suggestions.length && document.activeElement === box) {
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
    }
  }

  function ask() {
    var typed = box.value.trim();
    if (typed === asked) return;
    asked = typed;
    if (!typed) return show([]);
    fetch("/api/suggest?q=" + encodeURIComponent(typed)).then(function (answer) {
      return answer.ok ? answer.json() : { suggestions: [] };
    }).then(function (document_) {
      if (typed === asked) show(document_.suggestions);
    }).catch(close);
  }

  box.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  });
  box.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      choose(event.key === "ArrowDown" ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.href = list.children[chosen].getAttribute("data-url");
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  list.addEventListener("click", function (event) {
    var row = event.target;
    while (row && row !== list && !row.getAttribute("data-url")) row = row.parentNode;
    if (row && row !== list) location.href = row.getAttribute("data-url");
  });
  box.addEventListener("blur", close);
  if (box.value !== box.defaultValue) ask(); // somebody was quicker than this script
})();
