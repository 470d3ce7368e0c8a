// What a test asks of a page as it stands: each answers what is wrong, in words.
window.looks = (() => {
    const named = (node) => `${node.tagName}.${node.className}: ${(node.textContent || node.name || "").trim().slice(0, 60)}`;
    const up = function* (node) { for (let at = node; at; at = at.parentElement) yield at; };
    const shown = (node) => node.checkVisibility() && !node.closest(".quiet, .skip");
    const scrolls = (box) => /auto|scroll/.test(`${getComputedStyle(box).overflowX} ${getComputedStyle(box).overflowY}`);
    const clips = (overflow, over) => /hidden|clip/.test(overflow) && over > 1.5;

    // Words of the hub, in their brackets, beyond the edge of what holds them; what is hidden from the eye is one pixel wide.
    function cut_off() {
        const found = [], range = document.createRange(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (!node.textContent.includes("[[") || !shown(node.parentElement)) continue;
            if (node.parentElement.closest("script, select, iframe, .row, .picker, .palette")) continue;  // rows are one line by design
            range.selectNodeContents(node);
            const text = range.getBoundingClientRect();
            for (const box of up(node.parentElement)) {
                const style = getComputedStyle(box), edge = box.getBoundingClientRect();
                if (!text.width || edge.width <= 1 || edge.height <= 1 || scrolls(box)) break;
                const beside = Math.max(text.right - edge.right, edge.left - text.left);
                if (!clips(style.overflowX, beside) && !clips(style.overflowY, text.bottom - edge.bottom)) continue;
                found.push(`${node.textContent.trim().slice(0, 60)} in ${named(box).slice(0, 60)}`);
                break;
            }
        }
        const wide = document.documentElement.scrollWidth - innerWidth;
        return wide > 0 ? [...found, `${wide} px too wide`] : found;
    }

    // Controls without a size, or beside the screen where nothing scrolls to them.
    function out_of_reach() {
        return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
            .filter((one) => shown(one) && !one.disabled && getComputedStyle(one).clipPath === "none").filter((one) => {
                const box = one.getBoundingClientRect();
                return box.width < 1 || box.height < 1 || box.right < 1 || box.left > innerWidth - 1;
            }).filter((one) => ![...up(one.parentElement)].some(scrolls)).map(named);
    }

    function moving() {
        const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
        return [...document.querySelectorAll("*")].filter((one) => ["", "::before", "::after"].some((part) => {
            const style = getComputedStyle(one, part);
            return (style.animationName !== "none" && lasts(style.animationDuration)) || lasts(style.transitionDuration);
        })).map(named);
    }

    // Controls that only a colour would set apart from what is around them.
    function unmarked() {
        return [...document.querySelectorAll(".button:not(.bare), input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), select, textarea")]
            .filter((one) => shown(one) && !one.closest(".composer")).filter((one) => {
                const style = getComputedStyle(one);
                return parseFloat(style.borderTopWidth) < 1 && parseFloat(style.borderBottomWidth) < 1;
            }).map(named);
    }

    return { cut_off, out_of_reach, moving, unmarked };
})();
