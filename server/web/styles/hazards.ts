// The hazards that shelters are designated for and zones warn of, in the order in which they are named; styles and page say the same words.

export const hazards = [
  { id: "flood", ja: "洪水", en: "Flood" },
  { id: "inland_flood", ja: "内水氾濫", en: "Inland flood" },
  { id: "landslide", ja: "土砂災害", en: "Landslide" },
  { id: "earthquake", ja: "地震", en: "Earthquake" },
  { id: "fire", ja: "大規模な火事", en: "Large fire" },
  { id: "tsunami", ja: "津波", en: "Tsunami" },
  { id: "storm_surge", ja: "高潮", en: "Storm surge" },
  { id: "volcano", ja: "火山", en: "Volcano" },
] as const;

/** The property of a shelter that says whether it is designated for the hazard. */
export type HazardProperty = `hazard_${(typeof hazards)[number]["id"]}`;
