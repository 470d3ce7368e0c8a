// Chooses the time zone of the browser, where nobody has chosen yet.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const choice of document.querySelectorAll("[data-here] option")) if (choice.value === zone) choice.selected = true;
