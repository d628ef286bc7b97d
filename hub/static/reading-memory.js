/* Where each book was left, kept in this phone only, under the hub's own site: {book: {address, title, book, at, when}}.
   At home and on a book's own page it turns the memory into links "read on". */
(function () {
  "use strict";
  var NAME = "hub.reading", MOST = 100;

  function all() {
    try {
      var read = JSON.parse(localStorage.getItem(NAME) || "{}");
      return read && typeof read === "object" && !Array.isArray(read) ? read : {};
    } catch (refused) { return {}; }
  }

  function isSound(place, key) {
    return place && typeof place.address === "string" && typeof place.title === "string" &&
      typeof place.book === "string" && place.address.indexOf("/doc/" + key + "/") === 0;
  }

  function place(key) {
    var found = Object.prototype.hasOwnProperty.call(all(), key) ? all()[key] : null;
    return isSound(found, key) ? found : null;
  }

  function keep(key, where) {
    var places = all();
    where.when = Date.now();
    places[key] = where;
    var keys = Object.keys(places).sort(function (a, b) { return (places[b].when || 0) - (places[a].when || 0); });
    keys.slice(MOST).forEach(function (old) { delete places[old]; });
    try { localStorage.setItem(NAME, JSON.stringify(places)); } catch (refused) { /* then nothing is remembered */ }
  }

  function latest() {
    var places = all();
    var keys = Object.keys(places).filter(function (key) { return isSound(places[key], key); });
    keys.sort(function (a, b) { return (places[b].when || 0) - (places[a].when || 0); });
    return keys.length ? keys[0] : null;
  }

  window.hubReading = { place: place, keep: keep };

  function offer() {
    var links = document.querySelectorAll("[data-read-on]");
    for (var i = 0; i < links.length; i++) {
      var ofBook = links[i].getAttribute("data-read-on");
      var key = ofBook || latest();
      var found = key && place(key);
      links[i].hidden = !found;
      if (!found) continue;
      links[i].setAttribute("href", found.address + "?tiep");
      var words = links[i].querySelector("[data-read-on-title]");
      if (words) words.textContent = ofBook || found.title === found.book ? found.title : found.book + " · " + found.title;
      var begin = document.querySelector("[data-begin]");
      if (ofBook && begin) begin.className = "button quiet";
    }
  }

  document.addEventListener("DOMContentLoaded", offer);
  window.addEventListener("pageshow", offer);
})();
