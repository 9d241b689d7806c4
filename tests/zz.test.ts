import { it } from "vitest";
import { importGraph, longestChain } from "./house.js";
it("x", () => { console.log(longestChain(importGraph("src")).join(" -> ")); });
