/** Begins the page. */
import { render } from "preact";
import { App } from "../views/app.js";
import { Actions } from "./actions.js";
import { settingsOfAddress } from "./address.js";
import { givenModel, pageWith, startEngine } from "./container.js";
import { EngineLink } from "./engine-link.js";
import { FIRST, Store } from "./store.js";

/** The file as it is, before anything is drawn: what a page with a model inside is made of. */
const page = `<!doctype html>\n${document.documentElement.outerHTML}\n`;

const root = document.getElementById("page")!;
const draw = () => render(<App state={store.state} actions={actions} />, root);
const store = new Store({ ...FIRST, settings: settingsOfAddress() }, draw);
const actions = new Actions(new EngineLink(startEngine), store, (model, fields) => pageWith(page, model, fields));

// A file dropped beside the place for it would otherwise replace the page. Where there is a model, it is a file to be answered.
for (const name of ["dragover", "drop"] as const) {
  addEventListener(name, (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (name === "drop" && file) actions.drop(file);
  });
}

addEventListener("hashchange", () => actions.followAddress());

root.textContent = "";
draw();
const given = givenModel();
if (given) actions.openModel(new Blob([given.model as BlobPart]), given.fields);
