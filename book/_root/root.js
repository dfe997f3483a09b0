// Lead to the language that the browser prefers; remember nothing.
const preferred = navigator.languages.find((tag) => /^(ko|en)\b/i.test(tag)) ?? "en";
location.replace(/^ko/i.test(preferred) ? "ko/index.html" : "en/index.html");
