/** Begins the page. */
import { render } from "preact";
import { App } from "../views/app.js";
import { Actions, settingsOfAddress } from "./actions.js";
import { givenModel, pageWith, startEngine } from "./container.js";
import { EngineLink } from "./engine-link.js";
import { FIRST, Store } from "./store.js";

/** The file as it is, before anything is drawn: what a page with a model inside is made of. */
const page = `<!doctype html>\n${document.documentElement.outerHTML}\n`;

const root = document.getElementById("page")!;
const draw = () => render(<App state={store.state} actions={actions} />, root);
const store = new Store({ ...FIRST, settings: settingsOfAddress() }, draw);
const actions = new Actions(new EngineLink(startEngine), store, (model) => pageWith(page, model));

// A file dropped beside the place for it would otherwise replace the page.
for (const name of ["dragover", "drop"] as const) {
  addEventListener(name, (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (name === "drop" && file && store.state.busy === undefined) actions.openFile(file);
  });
}

root.textContent = "";
draw();
const model = givenModel();
if (model) actions.openModel(model);
