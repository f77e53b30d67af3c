// Puts the newest page in the place of this one, whenever the server says that something has changed.
new EventSource("/events").onmessage = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, next] = [document.querySelector("main"), page.querySelector("main")];
  if (now.innerHTML === next.innerHTML) return;
  const open = [...now.querySelectorAll("details[open] summary")].map((each) => each.textContent);
  const focus = document.activeElement?.getAttribute("href");
  // The line that screen readers announce stays the same element; everything else is exchanged.
  const [said, says] = [now.querySelector("#counts"), next.querySelector("#counts")];
  if (said.textContent !== says.textContent) said.textContent = says.textContent;
  says.replaceWith(said);
  now.replaceChildren(...next.childNodes);
  for (const each of now.querySelectorAll("summary")) each.parentElement.open = open.includes(each.textContent);
  if (focus) [...now.querySelectorAll("a")].find((each) => each.getAttribute("href") === focus)?.focus();
};
