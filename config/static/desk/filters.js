/* Filters of a list: what was chosen beside a link, and not applied yet, goes along with the link. */
"use strict";

document.addEventListener("click", (event) => {
    const link = event.target.closest("#filter-form li a");
    if (!link) {
        return;
    }
    const address = new URL(link.href);
    for (const field of document.querySelectorAll("#filter-form select[name]")) {
        const options = Array.from(field.options);
        if (options.every((option) => option.selected === option.defaultSelected)) {
            continue;
        }
        address.searchParams.delete(field.name);
        for (const option of options) {
            if (option.selected && option.value) {
                address.searchParams.append(field.name, option.value);
            }
        }
    }
    link.href = address.href;
});
