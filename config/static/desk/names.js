// Gives names to what the theme's scripts draw without one: boxes to choose from, in which one
// searches, and the hints beside the filters of two-sided lists.
document.addEventListener("DOMContentLoaded", () => {
  const SELECT = "select.select2-hidden-accessible";

  function nameOf(select) {
    const label = select.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const text = select.getAttribute("aria-label") || (label ? label.textContent : select.name);
    return text.replace(/\s+/g, " ").replace(/[*:\s]+$/, "").trim();
  }

  function nameBoxes() {
    for (const select of document.querySelectorAll(SELECT)) {
      const drawn = select.nextElementSibling;
      const box = drawn && drawn.querySelector("[role=combobox], .select2-search__field");
      if (box && !box.dataset.named) {
        box.dataset.named = "yes";
        // It only shows what is chosen; as a field of its own it would need a name of its own.
        const shown = box.querySelector("[role=textbox]");
        if (shown) {
          shown.removeAttribute("role");
          shown.removeAttribute("aria-readonly");
        }
        // What is chosen is read after the name.
        const chosen = box.getAttribute("aria-labelledby");
        box.setAttribute("aria-label", nameOf(select));
        if (chosen) {
          box.id = box.id || `${chosen}-box`;
          box.setAttribute("aria-labelledby", `${box.id} ${chosen}`);
        }
      }
    }
    const open = document.querySelector(".select2-container--open");
    const owner = open && open.previousElementSibling;
    for (const list of document.querySelectorAll(".select2-dropdown")) {
      const name = owner && owner.matches(SELECT) ? nameOf(owner) : "";
      for (const part of list.querySelectorAll(".select2-search__field, [role=listbox]")) {
        if (name && part.getAttribute("aria-label") !== name) {
          part.setAttribute("aria-label", name);
        }
      }
    }
    for (const hint of document.querySelectorAll("span.help-tooltip[aria-label]:not([role])")) {
      hint.setAttribute("role", "img");
    }
  }

  new MutationObserver(nameBoxes).observe(document.body, { childList: true, subtree: true });
  nameBoxes();
});
