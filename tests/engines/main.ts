/** The script that every engine runs. */
import { answer, conformPublished } from "./published.js";

void answer(conformPublished());
