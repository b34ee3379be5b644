// The base map's names and places.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { IconName } from "../icons/icons";
import type { Palette } from "./palettes";
import { basePlace, even, isOneOf, label, letters, regularFont } from "./parts";

type Matches = readonly (readonly [values: readonly string[], icon: IconName])[];

/** Of Shortbread's `pois`: which values of which key have an icon. The first key that has one decides. */
const placeIcons: Readonly<Record<string, Matches>> = {
  emergency: [[["defibrillator"], "aed"], [["fire_hydrant"], "fire-hydrant"]],
  amenity: [
    [["hospital", "clinic", "doctors", "dentist"], "hospital"],
    [["pharmacy"], "pharmacy"],
    [["fire_station"], "fire-station"],
    [["police"], "police"],
    [["drinking_water"], "water"],
    [["toilets"], "toilet"],
    [["school", "university", "college"], "school"],
    [["townhall", "community_centre", "public_building", "courthouse"], "town-hall"],
    [["post_office"], "post-office"],
    [["library"], "library"],
    [["restaurant", "fast_food", "food_court", "biergarten"], "restaurant"],
    [["cafe", "pub", "bar"], "cafe"],
    [["bank", "atm"], "bank"],
    [["theatre", "cinema", "arts_centre"], "sight"],
    [["marketplace"], "convenience"],
    [["playground"], "playground"],
  ],
  leisure: [[["playground"], "playground"], [["golf_course", "stadium", "sports_centre", "water_park"], "park"]],
  tourism: [
    [["hotel", "hostel", "guest_house", "motel", "bed_and_breakfast", "chalet"], "hotel"],
    [["artwork", "viewpoint", "theme_park", "zoo", "picnic_site", "camp_site"], "sight"],
  ],
  historic: [[["castle", "monument", "memorial", "ruins", "archaeological_site", "fort"], "museum"]],
  shop: [
    [["supermarket", "department_store", "mall"], "supermarket"],
    [["convenience", "kiosk", "bakery", "greengrocer", "butcher", "general", "chemist", "doityourself"], "convenience"],
    [["alcohol", "clothes", "books", "shoes", "sports", "toys", "gift", "florist", "furniture"], "store"],
  ],
};
const worship: ExpressionSpecification = [
  "match", ["get", "religion"], "shinto", "shrine", "buddhist", "temple", "christian", "church", "sight",
];

/** What matters when people have to leave their homes. */
const neededInDisaster: readonly IconName[] = [
  "aed", "fire-hydrant", "hospital", "pharmacy", "fire-station", "police", "water", "toilet", "school", "town-hall", "supermarket", "convenience",
];
const neededFirst: readonly IconName[] = ["hospital", "police", "fire-station", "town-hall", "school", "library", "post-office"];

function match(key: string, matches: Matches, otherwise: ExpressionSpecification | string): ExpressionSpecification {
  return ["match", ["get", key], ...matches.flatMap(([values, icon]) => [[...values], icon]), otherwise] as unknown as ExpressionSpecification;
}

/** The icon of a place; the empty text for what has none. */
const placeIcon: ExpressionSpecification = Object.entries(placeIcons).reduceRight<ExpressionSpecification>(
  (rest, [key, matches]) => match(key, matches, rest),
  ["case", ["==", ["get", "amenity"], "place_of_worship"], worship, ""],
);
const transportIcons: Matches = [
  [["station", "halt"], "railway"],
  [["bus_station", "bus_stop", "tram_stop"], "bus"],
  [["ferry_terminal"], "ferry"],
  [["aerodrome", "helipad"], "airport"],
];

function isAmong(icon: ExpressionSpecification, icons: readonly string[]): ExpressionSpecification {
  return ["in", icon, ["literal", [...icons]]];
}

function places(palette: Palette, id: string, minzoom: number, filter: ExpressionSpecification): LayerSpecification {
  return label(palette, id, basePlace("pois"), palette.textSoft, {
    minzoom, filter,
    layout: {
      "icon-image": placeIcon,
      "icon-size": even([14, 0.7], [17, palette.iconsTimes]),
      "text-optional": true,
      "text-font": regularFont,
      "text-size": letters(palette, [14, 10], [18, 13]),
      "text-anchor": "top", "text-offset": [0, 0.9], "text-max-width": 8, "text-padding": 3,
    },
  });
}

function placeLabels(palette: Palette): LayerSpecification[] {
  if (palette.isForDisaster) return [places(palette, "base-places-label", 14.5, isAmong(placeIcon, neededInDisaster))];
  return [
    places(palette, "base-other-places-label", 16, ["all", ["!=", placeIcon, ""], ["!", isAmong(placeIcon, neededFirst)]]),
    places(palette, "base-places-label", 14.5, isAmong(placeIcon, neededFirst)),
  ];
}

function transportLabels(palette: Palette): LayerSpecification[] {
  const layer = (id: string, kinds: readonly string[], minzoom: number, sizes: [number, number], colour: string): LayerSpecification =>
    label(palette, id, basePlace("public_transport"), colour, {
      minzoom, filter: isOneOf("kind", kinds),
      layout: {
        "icon-image": match("kind", transportIcons, ""),
        "icon-size": even([13, 0.75], [17, palette.iconsTimes]),
        "text-optional": true,
        "text-size": letters(palette, [13, sizes[0]], [17, sizes[1]]),
        "text-anchor": "top", "text-offset": [0, 0.9], "text-max-width": 8,
      },
    });
  return [
    layer("base-stops-label", ["bus_stop", "tram_stop"], 16.5, [10, 11.5], palette.textSoft),
    layer("base-stations-label", ["station", "halt", "bus_station", "ferry_terminal", "aerodrome", "helipad"], 13, [12, 15], palette.text),
  ];
}

function wayLabels(palette: Palette): LayerSpecification[] {
  const along = { "symbol-placement": "line", "text-max-angle": 35, "text-letter-spacing": 0.1 } as const;
  return [
    label(palette, "base-streets-label", basePlace("street_labels"), palette.textStreet, {
      minzoom: 12, filter: ["any", ["has", "name"], ["has", "name_ja"], ["has", "name_en"]],
      layout: { ...along, "text-font": regularFont, "symbol-spacing": 320, "text-size": letters(palette, [12, 10.5], [18, 14]), "text-padding": 4 },
    }),
    label(palette, "base-street-numbers", basePlace("street_labels"), palette.textStreet, {
      minzoom: 10, filter: ["all", ["has", "ref"], isOneOf("kind", ["motorway", "trunk", "primary"])],
      layout: {
        "text-field": ["get", "ref"], "symbol-placement": "line", "symbol-spacing": 420, "text-rotation-alignment": "viewport",
        "text-size": letters(palette, [10, 10], [16, 12]), "text-padding": 12,
      },
    }),
    label(palette, "base-squares-label", basePlace("streets_polygons_labels"), palette.textStreet, {
      minzoom: 15, layout: { "text-font": regularFont, "text-size": letters(palette, [15, 11], [18, 13]) },
    }),
    label(palette, "base-junctions-label", basePlace("street_labels_points"), palette.textStreet, {
      minzoom: 13, layout: { "text-size": letters(palette, [13, 10], [17, 12]) },
    }),
  ];
}

function waterLabels(palette: Palette): LayerSpecification[] {
  return [
    label(palette, "base-water-lines-label", basePlace("water_lines_labels"), palette.textWater, {
      minzoom: 12,
      layout: {
        "symbol-placement": "line", "symbol-spacing": 360, "text-max-angle": 40, "text-letter-spacing": 0.2, "text-size": letters(palette, [12, 11], [17, 15]),
      },
    }),
    label(palette, "base-water-label", basePlace("water_polygons_labels"), palette.textWater, {
      minzoom: 10,
      // Some 65 pixels in square: at zoom 8 a pixel is 306 m wide.
      filter: ["any", [">=", ["zoom"], 15], [">=", ["get", "way_area"], ["/", 4e8, ["^", 4, ["-", ["zoom"], 8]]]]],
      layout: { "text-size": letters(palette, [10, 11], [17, 14]), "text-max-width": 7 },
    }),
  ];
}

/** Settlements, the smallest first: those drawn later find their room first. */
function settlementLabels(palette: Palette): LayerSpecification[] {
  const rows: [name: string, kinds: string[], minzoom: number, maxzoom: number, from: number, to: number][] = [
    ["localities", ["locality", "isolated_dwelling", "farm", "island"], 14, 24, 11, 13],
    ["neighbourhoods", ["neighbourhood"], 14, 17, 11.5, 14],
    ["hamlets", ["hamlet", "quarter"], 12.5, 17, 11.5, 15],
    ["villages", ["village", "suburb"], 11, 16, 12, 16],
    ["towns", ["town"], 7, 15, 12, 19],
    ["cities", ["city", "state_capital", "capital"], 4, 14, 12, 22],
  ];
  return rows.map(([name, kinds, minzoom, maxzoom, from, to]) =>
    label(palette, `base-${name}-label`, basePlace("place_labels"), palette.textPlace, {
      minzoom, maxzoom, filter: isOneOf("kind", kinds),
      layout: {
        "text-size": letters(palette, [minzoom, from], [Math.min(maxzoom, 16), to]), "text-letter-spacing": 0.08, "text-max-width": 8,
        "symbol-sort-key": ["-", 0, ["coalesce", ["get", "population"], 0]],
      },
    }));
}

function boundaryLabels(palette: Palette): LayerSpecification[] {
  return [
    label(palette, "base-countries-label", basePlace("boundary_labels"), palette.textPlace, {
      minzoom: 2, maxzoom: 8, layout: { "text-size": letters(palette, [2, 11], [7, 18]), "text-letter-spacing": 0.2 },
      filter: ["any", ["==", ["get", "admin_level"], 2], [">=", ["zoom"], 5]],
    }),
    label(palette, "base-houses", basePlace("addresses"), palette.textSoft, {
      minzoom: 17, layout: { "text-field": ["coalesce", ["get", "housenumber"], ["get", "housename"], ""], "text-font": regularFont, "text-size": letters(palette, [17, 9.5], [19, 12]) },
    }),
  ];
}

export function baseLabels(palette: Palette): LayerSpecification[] {
  return [
    ...boundaryLabels(palette),
    ...wayLabels(palette),
    ...waterLabels(palette),
    ...placeLabels(palette),
    ...transportLabels(palette),
    ...settlementLabels(palette),
  ];
}
