// Moves the focus into what opens over the page, the filters of a list or the menu of a phone, keeps
// it there, and gives it back when that closes.
document.addEventListener("DOMContentLoaded", () => {
  const STOPS = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']";
  const isShown = (element) => element.getClientRects().length > 0;

  function stopsOf(panel) {
    return Array.from(panel.querySelectorAll(STOPS)).filter(
      (each) => each.tabIndex >= 0 && !each.disabled && isShown(each),
    );
  }

  function guard(button, panel) {
    if (!button || !panel) {
      return;
    }
    let isOpen = false;
    const isOverPage = () => button.getAttribute("aria-expanded") === "true" && isShown(button);

    // Alpine says what is open by the attribute, a moment before it shows the panel.
    new MutationObserver(() => {
      if (isOverPage() === isOpen) {
        return;
      }
      isOpen = !isOpen;
      requestAnimationFrame(() => {
        const goal = isOpen ? stopsOf(panel)[0] : button;
        if (goal && isShown(goal)) {
          goal.focus();
        }
      });
    }).observe(button, { attributes: true, attributeFilter: ["aria-expanded"] });

    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || !isOverPage()) {
        return;
      }
      const stops = stopsOf(panel);
      const [first, last] = [stops[0], stops[stops.length - 1]];
      const [edge, goal] = event.shiftKey ? [first, last] : [last, first];
      if (document.activeElement === edge) {
        event.preventDefault();
        goal.focus();
      }
    });
  }

  guard(document.getElementById("desk-filters"), document.getElementById("changelist-filter"));
  guard(document.getElementById("desk-menu"), document.getElementById("nav-sidebar"));
});
