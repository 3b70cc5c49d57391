// Says in words what a cron expression means, and when it comes next, while one types it.
{
  const expression = document.getElementById("id_cron_expression");
  const zone = document.getElementById("id_timezone");
  const outlook = document.getElementById("schedule-outlook");
  let waiting;
  let asked = 0;
  const describe = async () => {
    asked += 1;
    const number = asked;
    const query = new URLSearchParams({ cron_expression: expression.value, timezone: zone.value });
    try {
      const answer = await fetch(`${outlook.dataset.url}?${query}`);
      if (answer.ok && number === asked) {
        outlook.replaceChildren();
        const said = await answer.json();
        const words = document.createElement("p");
        words.textContent = said.description;
        outlook.append(words);
        if (said.times.length) {
          const list = document.createElement("ol");
          for (const time of said.times) {
            const line = document.createElement("li");
            line.textContent = time;
            list.append(line);
          }
          outlook.append(list);
        }
      }
    } catch {
      outlook.replaceChildren();
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(describe, 300);
  };
  if (expression && outlook) {
    expression.addEventListener("input", soon);
    zone.addEventListener("change", soon);
    describe();
  }
}
