/** The page in Firefox: dropped, trained, taken away, and the bytes are those that Node makes. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier } from "wasmlp";
import { hasFirefox, Place } from "./browsers.js";
import { Firefox } from "./firefox.js";

const iris = readFileSync(new URL("../../../examples/data/iris.csv", import.meta.url), "utf8");

describe.skipIf(!hasFirefox)("the page in Firefox (needs Debian's firefox-esr)", () => {
  let [place, firefox]: [Place, Firefox] = [] as never;
  beforeAll(async () => {
    [place, firefox] = await Promise.all([Place.make(), Firefox.start()]);
    await firefox.open(pathToFileURL(place.file).href);
  }, 120_000);
  afterAll(async () => {
    await firefox?.end();
    place?.remove();
  });

  const click = (selector: string) => firefox.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  const choose = (selector: string, value: string, event = "change") =>
    firefox.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.value = ${JSON.stringify(value)};
      element.dispatchEvent(new Event("${event}", { bubbles: true }));
    })()`);

  /** The file that a click gives: caught where its address is made. */
  const saved = async (selector: string): Promise<Buffer> => {
    const base64 = await firefox.evaluate<string>(`new Promise((resolve) => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        URL.createObjectURL = make;
        blob.arrayBuffer().then((bytes) => {
          let text = "";
          for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
          resolve(btoa(text));
        });
        return make.call(URL, new Blob([]));
      };
      HTMLAnchorElement.prototype.click = () => {};
      document.querySelector(${JSON.stringify(selector)}).click();
    })`);
    return Buffer.from(base64, "base64");
  };

  it("goes the whole way with a file that is dropped, and the model answers in Node as it does there", async () => {
    await firefox.until('document.querySelector(".drop")');
    await firefox.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([${JSON.stringify(iris)}], "iris.csv", { type: "text/csv" }));
      const drop = document.querySelector(".drop");
      for (const type of ["dragenter", "dragover", "drop"]) {
        drop.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
      }
    })()`);
    await firefox.until('document.querySelector("#train")');
    await choose("#target", "species");
    await choose("#ensemble", "1");
    await choose("#epochs", "5", "input");
    await click("#train");
    // Parts of the page come one after the other.
    await firefox.until('["scores", "answer-value"].every((name) => document.getElementsByClassName(name).length > 0)');
    await firefox.until('document.querySelector("#take-model")');
    const model = await Classifier.load<string>(new Uint8Array(await saved("#take-model")));
    await firefox.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([${JSON.stringify(iris)}], "iris.csv"));
      const input = document.querySelector("#second");
      input.files = dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    })()`);
    await firefox.until('document.querySelector("#download-answers")');
    const answers = parse(await saved("#download-answers"), { columns: true }) as Record<string, string>[];
    expect(answers.map((row) => row["predicted species"])).toEqual(model.predict(parse(iris, { columns: true })));
    expect(answers.length).toBe(150);
  });

  it("plays, and draws what each unit makes of the plane", async () => {
    await firefox.evaluate('[...document.querySelectorAll("nav button")].at(-1).click()');
    await firefox.until('document.querySelectorAll(".network .unit canvas").length === 10');
  });

  it("asked the network for nothing, and complained of nothing", () => {
    expect(firefox.asked).toEqual([]);
    expect(firefox.said).toEqual([]);
  });
});
