"""What a test asks a page in a browser: is something cut off, tiny, or too small to be touched?"""

MEASURE = """() => {
  const found = [], shown = element => element.getBoundingClientRect().width > 1;
  const name = element => element.outerHTML.slice(0, 90);
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen");
  for (const element of document.querySelectorAll("body *")) {
    const folded = element.closest("details:not([open]) > :not(summary)");
    if (folded || !shown(element) || element.matches(".skip, .away, svg *")) continue;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (parseFloat(style.fontSize) < 16) found.push("tiny letters: " + name(element));
    const scrolls = style.display === "inline" || element.matches("input, select");
    if (element.scrollWidth > element.clientWidth + 1 && !scrolls) found.push("cut off: " + name(element));
    const letters = parseFloat(style.fontSize);
    const broken = element.matches(".table .pill") && box.height > 2.5 * letters;
    const narrow = element.matches(".table .file") && box.width < 12 * letters;
    if ((broken || narrow) && innerWidth >= 576) found.push("squeezed: " + name(element));
    const led = element.matches("li") && getComputedStyle(element, "::before").content !== "none";
    const first = led && element.offsetLeft <= element.parentNode.offsetLeft;
    if (first) found.push("a mark begins a line: " + name(element));
    const touched = element.matches("a, button, select, textarea, label.row, label.choice, input") &&
      !element.matches("[type=checkbox], [type=radio]");
    if (touched && (box.height < 47.9 || box.width < 47.9)) found.push("small target: " + name(element));
  }
  const running = getComputedStyle(document.querySelector("main")).fontSize;
  if (parseFloat(running) < 18) found.push("running text: " + running);
  const wanted = font => font.status !== "loaded" && (font.unicodeRange === "U+0-10FFFF" || font.status !== "unloaded");
  const fonts = [...document.fonts].filter(wanted).map(font => font.family + font.weight);
  return found.concat(fonts.map(font => "font not loaded: " + font));
}"""
