/** Tables to begin with, made by rules that are known: a model can be held against them. Nobody lives in these houses. */
import { generator } from "../play/points.js";

export interface Example {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  make(): string;
}

const ROWS = 600;

function rounded(value: number, digits = 0): string {
  return value.toFixed(digits);
}

/** Rentals: the price follows from size, district and year, and a little chance. */
function rentals(): string {
  const random = generator(7);
  const normal = () => random() + random() + random() + random() - 2;
  const districts = ["harbour", "old town", "park", "station", "hill"];
  const rent = [1.25, 1.4, 1.1, 0.85, 1];
  const lines = ["size,rooms,district,built,floor,balcony,furnished_since,price"];
  for (let i = 0; i < ROWS; i++) {
    const size = 22 + 110 * random() * (0.4 + 0.6 * random());
    const district = Math.floor(5 * random() * (0.6 + 0.4 * random()));
    const built = 1880 + Math.floor(144 * random());
    const floor = Math.floor(7 * random() * random());
    const hasBalcony = random() < 0.3 + 0.05 * floor;
    const month = 1 + Math.floor(12 * random());
    const furnished = random() < 0.35 ? `20${10 + Math.floor(14 * random())}-${String(month).padStart(2, "0")}-01` : "";
    const age = Math.abs(built - 1965) / 60;
    const price =
      (160 + 9.2 * size * rent[district]) * (0.85 + 0.13 * age) + (hasBalcony ? 55 : 0) + (furnished ? 90 : 0);
    const cells = [rounded(size, 1), Math.max(1, Math.round(size / 26 + normal() * 0.5)), districts[district], built];
    cells.push(
      random() < 0.04 ? "" : String(floor),
      hasBalcony ? "yes" : "no",
      furnished,
      rounded(price * (1 + 0.06 * normal())),
    );
    lines.push(cells.join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** Members of a club: who leaves follows from visits, contract and distance. */
function members(): string {
  const random = generator(11);
  const contracts = ["monthly", "yearly", "trial"];
  const pull = [0.2, -1.6, 1.3];
  const lines = ["age,visits_per_month,contract,distance_km,joined,trainer,leaves"];
  for (let i = 0; i < ROWS; i++) {
    const age = 16 + Math.floor(55 * random() * (0.5 + 0.5 * random()));
    const visits = Math.floor(14 * random() * random());
    const contract = Math.floor(3 * random() * (0.7 + 0.3 * random()));
    const distance = 0.3 + 18 * random() * random();
    const hasTrainer = random() < 0.25;
    const score =
      pull[contract] - 0.45 * visits + 0.16 * distance - (hasTrainer ? 1.2 : 0) + (age < 25 ? 0.9 : 0) + 0.4;
    const leaves = random() < 1 / (1 + Math.exp(-1.6 * score));
    const joined = `20${18 + Math.floor(6 * random())}-${String(1 + Math.floor(12 * random())).padStart(2, "0")}-15`;
    lines.push(
      [
        age,
        visits,
        contracts[contract],
        rounded(distance, 1),
        joined,
        hasTrainer ? "yes" : "no",
        leaves ? "yes" : "no",
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Three kinds of leaves by their sizes. */
function leaves(): string {
  const random = generator(3);
  const normal = () => (random() + random() + random() + random() - 2) * 1.7;
  const kinds = [
    { name: "alder", length: 7.2, width: 5.9, stem: 2.1, teeth: 24 },
    { name: "beech", length: 8.1, width: 5.2, stem: 1.1, teeth: 4 },
    { name: "lime", length: 7.9, width: 7.4, stem: 3.6, teeth: 38 },
  ];
  const lines = ["length_cm,width_cm,stem_cm,teeth,kind"];
  for (let i = 0; i < 300; i++) {
    const { name, length, width, stem, teeth } = kinds[i % 3];
    const size = 1 + 0.12 * normal();
    const cells = [
      length * size + 0.4 * normal(),
      width * size + 0.4 * normal(),
      Math.max(0.3, stem * size + 0.4 * normal()),
    ];
    lines.push(
      [...cells.map((cell) => rounded(cell, 1)), Math.max(0, Math.round(teeth + 7 * normal())), name].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

export const EXAMPLES: readonly Example[] = [
  { name: "members.csv", title: "Who leaves the club?", text: "600 members, two answers", make: members },
  { name: "rentals.csv", title: "What is the rent?", text: "600 flats, a number", make: rentals },
  { name: "leaves.csv", title: "Which tree?", text: "300 leaves, three kinds", make: leaves },
];
