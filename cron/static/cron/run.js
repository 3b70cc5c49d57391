// Shows how far a run has come, and the finished page once it is over.
{
  const section = document.getElementById("run-progress");
  const bar = section.querySelector("progress");
  const text = section.querySelector("p");
  const look = async () => {
    try {
      const answer = await fetch(section.dataset.url, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const state = await answer.json();
        if (!state.is_running) {
          window.location.reload();
          return;
        }
        bar.max = Math.max(state.total, 1);
        bar.value = state.done;
        if (text.textContent !== state.text) {
          text.textContent = state.text;
        }
      }
    } catch {
      // The network went away for a moment: the next look tells.
    }
    setTimeout(look, 2000);
  };
  look();
}
