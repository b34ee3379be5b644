// The colours and sizes in which the three styles differ; everything else they share.

export interface Palette {
  id: "light" | "dark" | "disaster";
  name: string;
  isForDisaster: boolean;

  // Ground
  outside: string; // beyond the city, where there is no base map
  ground: string;
  wood: string;
  grass: string;
  farm: string;
  built: string;
  trade: string;
  sand: string;
  site: string;
  water: string;
  waterEdge: string;
  building: string;
  buildingEdge: string;

  // Streets, from the largest to the smallest
  motorway: string;
  main: string;
  minor: string;
  path: string;
  mainCasing: string;
  minorCasing: string;
  rail: string;
  railGap: string;
  border: string;

  // The city's own
  boundary: string;
  boundaryGlow: number; // opacity
  courseCasing: string;
  spotDisc: string;

  // Letters
  text: string;
  textSoft: string;
  textWater: string;
  textStreet: string;
  textPlace: string;
  textShelter: string;
  textStand: string;
  textShop: string;
  textBoundary: string;
  halo: string;
  haloWidth: number; // pixels
  lettersTimes: number; // how much larger than in light
  iconsTimes: number; // the same for the city's icons
  /** Colours that the city's data says are mixed with this much of `text`, so that they can be read on the ground. */
  ownColourMix: number;
  zoneOpacity: number;
}

const light: Palette = {
  id: "light",
  name: "keyaki 標準 / light",
  isForDisaster: false,
  outside: "#e3e9e1",
  ground: "#fbfaf4",
  wood: "#cfe3c4",
  grass: "#dfeed3",
  farm: "#f1eed9",
  built: "#f3f1ea",
  trade: "#f3ebe6",
  sand: "#f4ecd0",
  site: "#eef0e6",
  water: "#b7daf0",
  waterEdge: "#8ec3e6",
  building: "#e7e2d7",
  buildingEdge: "#d3ccbc",
  motorway: "#f6c38b",
  main: "#fff1c4",
  minor: "#ffffff",
  path: "#b59f78",
  mainCasing: "#b7a77c",
  minorCasing: "#d2ccbe",
  rail: "#8d8f94",
  railGap: "#ffffff",
  border: "#9a8fae",
  boundary: "#2f7d52",
  boundaryGlow: 0.16,
  courseCasing: "#ffffff",
  spotDisc: "#ffffff",
  text: "#1c2b3a",
  textSoft: "#4d5560",
  textWater: "#1f5f8b",
  textStreet: "#5b4a1c",
  textPlace: "#33404d",
  textShelter: "#0b5c34",
  textStand: "#7a3b06",
  textShop: "#5a3577",
  textBoundary: "#2f5d44",
  halo: "#ffffff",
  haloWidth: 1.8,
  lettersTimes: 1,
  iconsTimes: 1,
  ownColourMix: 0,
  zoneOpacity: 0.4,
};

const dark: Palette = {
  id: "dark",
  name: "keyaki 暗い / dark",
  isForDisaster: false,
  outside: "#0f1419",
  ground: "#1a2027",
  wood: "#1d2f25",
  grass: "#20302a",
  farm: "#22282a",
  built: "#1f262e",
  trade: "#252731",
  sand: "#2c2a26",
  site: "#212a30",
  water: "#16344d",
  waterEdge: "#2c5f86",
  building: "#2a323c",
  buildingEdge: "#38424e",
  motorway: "#8a6a45",
  main: "#625b48",
  minor: "#3d4650",
  path: "#6a6457",
  mainCasing: "#14181c",
  minorCasing: "#171c22",
  rail: "#77808c",
  railGap: "#2a323b",
  border: "#7d7396",
  boundary: "#5fb587",
  boundaryGlow: 0.22,
  courseCasing: "#0f1419",
  spotDisc: "#f4f6f8",
  text: "#eef2f6",
  textSoft: "#c3cbd4",
  textWater: "#8fc7ef",
  textStreet: "#e8dcb4",
  textPlace: "#d9e0e7",
  textShelter: "#8fe0b1",
  textStand: "#ffbf8a",
  textShop: "#d4b5f5",
  textBoundary: "#8fd3ad",
  halo: "#10151b",
  haloWidth: 1.8,
  lettersTimes: 1,
  iconsTimes: 1,
  ownColourMix: 0.6,
  zoneOpacity: 0.3,
};

/** Black on white, larger; of the ground only what shows the way. */
const disaster: Palette = {
  id: "disaster",
  name: "keyaki 防災 / disaster",
  isForDisaster: true,
  outside: "#ececec",
  ground: "#ffffff",
  wood: "#eef3ea",
  grass: "#f3f6f0",
  farm: "#fbfbf8",
  built: "#ffffff",
  trade: "#ffffff",
  sand: "#faf7ee",
  site: "#f4f4f4",
  water: "#a9d3f5",
  waterEdge: "#1668a8",
  building: "#e4e4e4",
  buildingEdge: "#8a8a8a",
  motorway: "#d9d9d9",
  main: "#f2f2f2",
  minor: "#ffffff",
  path: "#6b6b6b",
  mainCasing: "#3d3d3d",
  minorCasing: "#767676",
  rail: "#1a1a1a",
  railGap: "#ffffff",
  border: "#444444",
  boundary: "#000000",
  boundaryGlow: 0.12,
  courseCasing: "#ffffff",
  spotDisc: "#ffffff",
  text: "#000000",
  textSoft: "#1a1a1a",
  textWater: "#06395e",
  textStreet: "#1f1f1f",
  textPlace: "#111111",
  textShelter: "#003d1f",
  textStand: "#1a1a1a",
  textShop: "#1a1a1a",
  textBoundary: "#000000",
  halo: "#ffffff",
  haloWidth: 2.6,
  lettersTimes: 1.3,
  iconsTimes: 1.35,
  ownColourMix: 0.8,
  zoneOpacity: 0.62,
};

export const palettes: readonly Palette[] = [light, dark, disaster];
