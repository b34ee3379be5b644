// What labels say, in Japanese first or in English first. The styles that the server hands out are in Japanese; the page puts them into its reader's
// language by exchanging these expressions, wherever they stand.
import type { ExpressionSpecification } from "maplibre-gl";
import { hazards } from "./hazards";

export type StyleLanguage = "ja" | "en";

// Layers of the city have `name` and `name_en`; Shortbread's have also `name_ja`, where OpenStreetMap says what the Japanese name is.
const japanese: ExpressionSpecification = ["coalesce", ["get", "name_ja"], ["get", "name"], ["get", "name_en"], ""];
const english: ExpressionSpecification = ["coalesce", ["get", "name_en"], ["get", "name"], ""];

/** The name, in this language where there is one. */
export const nameIn: Record<StyleLanguage, ExpressionSpecification> = { ja: japanese, en: english };

/** The name in the other language, on a line of its own and smaller; nothing where it is the same. */
const otherLine = (first: ExpressionSpecification, second: ExpressionSpecification): ExpressionSpecification => [
  "case", ["==", first, second], "", ["concat", "\n", second],
];
export const otherNameIn: Record<StyleLanguage, ExpressionSpecification> = {
  ja: otherLine(japanese, english),
  en: otherLine(english, japanese),
};

const kilometres: ExpressionSpecification = [
  "number-format", ["/", ["get", "length_m"], 1000], { "min-fraction-digits": 1, "max-fraction-digits": 1 },
];
const minutes: ExpressionSpecification = ["to-string", ["get", "walking_minutes"]];

/** How long a walking course is. */
export const lengthIn: Record<StyleLanguage, ExpressionSpecification> = {
  ja: ["concat", kilometres, "km・約", minutes, "分"],
  en: ["concat", kilometres, " km, about ", minutes, " min"],
};

const depth: ExpressionSpecification = ["to-string", ["get", "depth_m"]];
function hazardWordIn(language: StyleLanguage): ExpressionSpecification {
  const pairs = hazards.flatMap((hazard) => [hazard.id, hazard[language]]);
  return ["match", ["get", "hazard"], ...pairs, ["to-string", ["get", "hazard"]]] as unknown as ExpressionSpecification;
}

/** What threatens in a zone, and how deep the water may stand. */
export const hazardIn: Record<StyleLanguage, ExpressionSpecification> = {
  ja: ["concat", hazardWordIn("ja"), ["case", ["has", "depth_m"], ["concat", " ", depth, "m以上"], ""]],
  en: ["concat", hazardWordIn("en"), ["case", ["has", "depth_m"], ["concat", " over ", depth, " m"], ""]],
};

const translations = [nameIn, otherNameIn, lengthIn, hazardIn];

/** The same label in this language, whichever it was in. */
export function inLanguage<Value>(value: Value, language: StyleLanguage): Value {
  const text = JSON.stringify(value);
  for (const translation of translations) {
    if (Object.values(translation).some((expression) => JSON.stringify(expression) === text)) return translation[language] as Value;
  }
  return Array.isArray(value) ? (value.map((part: unknown) => inLanguage(part, language)) as Value) : value;
}
