/* Turns what the reading desk keeps in this phone (reading.js) into links "read on", at home and on a book's page. */
(function () {
  "use strict";
  function offer() {
    var places, links = document.querySelectorAll("[data-read-on]"), begin = document.querySelector("[data-begin]");
    try { places = JSON.parse(localStorage.getItem("hub.reading")) || {}; } catch (refused) { return; }
    var keys = Object.keys(places).filter(function (key) {
      var place = places[key];
      return place && String(place.address).indexOf("/doc/" + key + "/") === 0;
    }).sort(function (a, b) { return places[b].when - places[a].when; });
    for (var i = 0; i < links.length; i++) {
      var book = links[i].getAttribute("data-read-on"), key = book || keys[0], place = places[key];
      links[i].hidden = keys.indexOf(key) < 0;
      if (links[i].hidden) continue;
      links[i].href = place.address + "?tiep";
      links[i].querySelector(".note").textContent = (book ? "" : place.book + " · ") + place.title;
      if (begin) begin.className = "button quiet";
    }
  }
  document.addEventListener("DOMContentLoaded", offer);
  window.addEventListener("pageshow", offer);
})();
