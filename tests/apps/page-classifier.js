/** The page, with another model. */
import { Classifier, Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

xor({ Dataset, MLP }).then((answer) => console.log(Classifier.load ? answer : "no Classifier"));
