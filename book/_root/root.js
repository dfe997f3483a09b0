// Lead to the language that the browser prefers; remember nothing.
const links = [...document.querySelectorAll("link[hreflang]")];
const known = links.map((link) => link.hreflang);
const wanted = navigator.languages.map((tag) => tag.split("-")[0].toLowerCase());
location.replace(`${wanted.find((lang) => known.includes(lang)) ?? "en"}/index.html`);
