// What the theme's templates say to Alpine and its CSP build can't read: statements, arrow functions
// and globals such as localStorage. Each expression gets one here that it can read. Whatever else
// stands in an attribute is left to the CSP build, which runs no script and reaches no global.
document.addEventListener("alpine:init", () => {
  const SIDEBAR = "sidebarDesktopOpen";

  // By the expression as the template has it, white space aside.
  const readable = new Map([
    [
      // That it is remembered, `page` below sees to.
      "sidebarDesktopOpen = !sidebarDesktopOpen; localStorage.setItem('sidebarDesktopOpen', sidebarDesktopOpen ? '1' : '0');",
      "sidebarDesktopOpen = !sidebarDesktopOpen",
    ],
    [
      "openSearchResults = true; currentIndex = 0",
      "[openSearchResults = true, currentIndex = 0].length",
    ],
    [
      "openSearchResults = false; if ($refs.searchInput.value === '') { $refs.searchInput.blur() } else { $refs.searchInput.value = '' }",
      "[openSearchResults = false, leaveSearch($refs.searchInput)].length",
    ],
    [
      "activeTab && activeTab !== 'general' ? window.location.pathname + window.location.search + '#' + activeTab : window.location.pathname + window.location.search",
      "addressOf(activeTab)",
    ],
    [
      "if (!$event.metaKey && !$event.ctrlKey) selectItem(true, false)",
      "!$event.metaKey && !$event.ctrlKey && selectItem(true, false)",
    ],
    [
      "if (!$event.metaKey && !$event.ctrlKey) selectItem(false, false)",
      "!$event.metaKey && !$event.ctrlKey && selectItem(false, false)",
    ],
  ]);
  Alpine.mapAttributes(({ name, value }) => {
    if (typeof value !== "string") {
      return { name, value }; // a function, of an object of bindings
    }
    const expression = value.trim().replace(/\s+/g, " ");
    return { name, value: readable.get(expression) ?? value };
  });

  // Asked for as `x-data="theme()"`; the CSP build looks for no global functions.
  for (const name of ["theme", "searchForm", "searchDropdown", "searchCommand"]) {
    Alpine.data(name, (...given) => window[name](...given));
  }

  // The state of the whole page: its tab, and whether the menu at the side is open.
  const { body } = document;
  const firstTab = /activeTab: '([^']*)'/.exec(body.getAttribute("x-data"));
  Alpine.data("page", () => ({
    activeTab: firstTab ? window.getCurrentTab() || firstTab[1] : "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: (localStorage.getItem(SIDEBAR) ?? "1") === "1",
    init() {
      this.$watch(SIDEBAR, (isOpen) => localStorage.setItem(SIDEBAR, isOpen ? "1" : "0"));
    },
    addressOf(tab) {
      const address = window.location.pathname + window.location.search;
      return tab && tab !== "general" ? `${address}#${tab}` : address;
    },
    leaveSearch(field) {
      if (field.value === "") {
        field.blur();
      }
      field.value = "";
    },
    sortRecords(event) {
      window.sortRecords(event);
    },
  }));
  body.setAttribute("x-data", "page");
  body.removeAttribute("x-init");
});
