// The three styles, each with a base map beneath the city's layers and without one.
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { baseGround } from "./base_ground";
import { baseLabels } from "./base_labels";
import { baseStreets } from "./base_streets";
import { cityAreas, cityLines } from "./city_ground";
import { citySymbols } from "./city_symbols";
import { palettes, type Palette } from "./palettes";
import { baseSource, citySource } from "./parts";

const fontLicence = "Noto Sans CJK JP, © 2014-2021 Adobe, SIL Open Font License 1.1 (/glyphs/licence.txt)";

function layersOf(palette: Palette, hasBase: boolean): LayerSpecification[] {
  const background: LayerSpecification = {
    id: "background", type: "background", paint: { "background-color": hasBase ? palette.ground : palette.outside },
  };
  const base = (layers: (palette: Palette) => LayerSpecification[]): LayerSpecification[] => (hasBase ? layers(palette) : []);
  return [
    background,
    ...base(baseGround), ...cityAreas(palette, hasBase),
    ...base(baseStreets), ...cityLines(palette, hasBase),
    ...base(baseLabels), ...citySymbols(palette),
  ];
}

/** Addresses begin with a slash: the server puts itself before them. `sprite` is the sprites' name there. */
export function makeStyle(palette: Palette, hasBase: boolean, sprite: string): StyleSpecification {
  return {
    version: 8,
    name: palette.name,
    metadata: { "keyaki:fonts": fontLicence },
    sprite: `/sprites/${sprite}`,
    glyphs: "/glyphs/{fontstack}/{range}.pbf",
    sources: {
      ...(hasBase ? { [baseSource]: { type: "vector", url: "/tiles/base.json" } } : {}),
      [citySource]: { type: "vector", url: "/tiles/city.json" },
    },
    layers: layersOf(palette, hasBase),
  };
}

/** Each style by its file's name. */
export function allStyles(sprite: string): Record<string, StyleSpecification> {
  return Object.fromEntries(
    palettes.flatMap((palette) => [
      [`${palette.id}.json`, makeStyle(palette, false, sprite)],
      [`${palette.id}.base.json`, makeStyle(palette, true, sprite)],
    ]),
  );
}
