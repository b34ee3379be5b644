// What stands on the map's badges: pictograms of our own, drawn as paths in a box of 24 by 24. `fill` is filled (even-odd), `stroke` drawn as a
// round line. Where a sign of Japanese maps is known to everybody (文 for a school, ◎ for a town hall, 〒 for a post office), it is drawn.

export interface Glyph {
  fill?: string;
  stroke?: string;
  strokeWidth?: number;
}

const circle = (x: number, y: number, radius: number): string => `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0z`;
const wave = (y: number): string => `M1.6 ${y}q2.6-3 5.2 0t5.2 0t5.2 0t5.2 0`;

const drawn = {
  // Evacuation
  runner: {
    fill: circle(14.6, 4.3, 2.3),
    stroke: "M12.8 8.6L9.8 13.6L13.4 16.2L12 21.4M9.8 13.6L7 18.2H3M12.8 8.6L16.4 12.2L20 10.6M12.8 8.6H8.4L6 12",
    strokeWidth: 2.4,
  },
  personInHouse: {
    fill: circle(12, 10.2, 2.1),
    stroke: "M1.8 10.6L12 2.2L22.2 10.6M12 13.6V17.2L9.2 22M12 17.2L14.8 22M8 16.2L12 13.8L16 16.2",
    strokeWidth: 2.2,
  },
  flood: { fill: "M12 1.4L21 9.2H18.4V13.4H5.6V9.2H3z", stroke: wave(17.4) + wave(21.8), strokeWidth: 2 },
  inlandFlood: { stroke: `M6.6 1.8L5 6.2M13 1.8L11.4 6.2M19.4 1.8L17.8 6.2M9.6 7.6L8 12M16 7.6L14.4 12${wave(17.2)}${wave(21.8)}`, strokeWidth: 2 },
  landslide: { fill: `M1.6 22.4V4L15.4 22.4z${circle(11.4, 7.4, 2.4)}${circle(17.8, 12.6, 3)}${circle(19.8, 5.2, 1.9)}` },
  earthquake: { stroke: "M1.4 12.6H5.4L8 6.2L11 19.6L14 3L16.8 16L18.6 12.6H22.6", strokeWidth: 2.4 },
  fire: {
    fill:
      "M12.2 1.2C13 5.8 19.2 8.6 19.2 14.8C19.2 19.4 16 22.6 12 22.6C8 22.6 4.8 19.6 4.8 15.4C4.8 12 6.8 10 8 7.4C8.8 9.2 9.6 10 10.6 10.4C10 7.2 10.6 3.8 12.2 1.2z" +
      "M12 20.4C13.9 20.4 15.2 19 15.2 17.2C15.2 15 13.2 14 12.6 11.8C10.8 13.4 8.8 15 8.8 17.2C8.8 19 10.1 20.4 12 20.4z",
  },
  tsunami: { fill: "M1 21.4C1 10.6 6.8 2.8 14.6 2.8C19.4 2.8 23 6 23 9.8C21 8 17.8 7.6 16 9.8C13.8 12.6 15.8 17.4 23 17.4V21.4z" },
  stormSurge: { stroke: `M2 6.4H13.6A2.5 2.5 0 1 0 11.4 2.8M2 11.2H18.4A2.5 2.5 0 1 1 16.2 14.8${wave(20.6)}`, strokeWidth: 2.2 },
  volcano: { fill: `M9.2 10H14.8L22.8 22.4H1.2z${circle(12, 6.4, 2.2)}${circle(8.2, 3.8, 1.9)}${circle(15.4, 3, 2.2)}` },

  // The city's own
  carrot: {
    fill: "M3.6 20.6C5.2 14.6 7.6 9.2 11.4 8.6C14.2 8.2 16 10 15.6 12.8C15 16.6 9.6 18.9 3.6 20.6z",
    stroke: "M14.6 9.4L15.4 3.8M14.6 9.4L20.2 8.8M14.6 9.4L19.6 4.4",
    strokeWidth: 2,
  },
  storefront: { fill: "M4.4 4H19.6L22 10.2H2zM4.2 11.6H19.8V20.4H4.2zM7 14V18H11V14zM13.4 14V20.4H17.4V14z" },
  train: {
    fill: `M7.4 2.6H16.6A3 3 0 0 1 19.6 5.6V15A3 3 0 0 1 16.6 18H7.4A3 3 0 0 1 4.4 15V5.6A3 3 0 0 1 7.4 2.6zM7 6V11H17V6z${circle(8.4, 14.3, 1.3)}${circle(15.6, 14.3, 1.3)}`,
    stroke: "M8.4 18.6L6 21.8M15.6 18.6L18 21.8",
    strokeWidth: 2,
  },
  walker: {
    fill: circle(13.2, 3.4, 2.3),
    stroke: "M12.4 7.6L11 13.4L14.6 16.6L15.8 22M11 13.4L7.4 22M12.4 7.6L8 10.2L7.4 13.8M12.4 7.6L15.2 11L19 12",
    strokeWidth: 2.4,
  },

  // What people need
  toilet: {
    fill: `${circle(6.8, 3.6, 2.2)}M3.8 6.8H9.8V14.4H8.8V22H4.8V14.4H3.8z${circle(17.2, 3.6, 2.2)}M15.4 6.8H19L21.6 15.4H19.2V22H15.2V15.4H12.8z`,
  },
  drop: { fill: "M12 1.2C15.8 6.6 19.2 10.4 19.2 15.2A7.2 7.2 0 0 1 4.8 15.2C4.8 10.4 8.2 6.6 12 1.2z" },
  heartBolt: {
    fill:
      "M12 22L3 13C-1 9 1.6 2.4 6.8 2.4C9.2 2.4 11 3.8 12 5.6C13 3.8 14.8 2.4 17.2 2.4C22.4 2.4 25 9 21 13z" +
      "M13.6 6.4L8 12.8H11.4L10.2 17.8L16 11.2H12.6z",
  },
  cross: { fill: "M8.6 2.4H15.4V8.6H21.6V15.4H15.4V21.6H8.6V15.4H2.4V8.6H8.6z" },
  capsule: { fill: "M4.6 19.4A5 5 0 0 1 4.6 12.4L12.4 4.6A5 5 0 0 1 19.4 11.6L11.6 19.4A5 5 0 0 1 4.6 19.4zM7.4 11.4L12.6 16.6L14 15.2L8.8 10z" },
  fork: { stroke: "M12 22V12.4M12 12.4C7.2 12.4 4.6 8.6 4.6 3M12 12.4C16.8 12.4 19.4 8.6 19.4 3", strokeWidth: 3 }, // the old fire fork of 消防署
  saltire: { stroke: "M4.6 4.6L19.4 19.4M19.4 4.6L4.6 19.4", strokeWidth: 3.4 },
  hydrant: { fill: "M8 9V7A4 4 0 0 1 16 7V9H18V11.4H16.4V13H19V17H16.4V20H18.4V22.4H5.6V20H7.6V17H5V13H7.6V11.4H6V9z" },

  // What stands where
  school: { stroke: "M12 2V6M3 6.4H21M7.2 6.6C8.4 13.2 13.6 19.4 21 21.6M16.8 6.6C15.6 13.2 10.4 19.4 3 21.6", strokeWidth: 2.4 },
  rings: { stroke: circle(12, 12, 9.2) + circle(12, 12, 4.2), strokeWidth: 2.6 },
  post: { stroke: "M3.8 4.2H20.2M3.8 10.2H20.2M12 10.2V22", strokeWidth: 3 },
  book: { fill: "M1.6 4.6C5.2 3.2 9 3.8 11.2 5.8V20.4C9 18.6 5.2 18.2 1.6 19.4zM22.4 4.6C18.8 3.2 15 3.8 12.8 5.8V20.4C15 18.6 18.8 18.2 22.4 19.4z" },
  torii: { stroke: "M2 4C8 5.6 16 5.6 22 4M4.2 9.8H19.8M7.2 5V22M16.8 5V22", strokeWidth: 2.6 },
  pagoda: { fill: "M12 .8L20 6.4H16.4V8.4L21.4 12.8H17.4V14.8L23 19.6H18V22.4H13.6V19.6H10.4V22.4H6V19.6H1L6.6 14.8V12.8H2.6L7.6 8.4V6.4H4z" },
  latinCross: { fill: "M10.2 1.6H13.8V7.2H19.4V10.8H13.8V22.4H10.2V10.8H4.6V7.2H10.2z" },
  columns: { fill: "M12 1.6L22.6 8H1.4zM3.4 9.6H6.6V17.4H3.4zM10.4 9.6H13.6V17.4H10.4zM17.4 9.6H20.6V17.4H17.4zM1.4 19H22.6V22.4H1.4z" },
  tree: { fill: `${circle(12, 8.2, 7)}M10.6 14.8H13.4V22.4H10.6z` },
  slide: { stroke: "M4 22V3.6H9V8.4C13.6 8.4 13.4 20.6 22 20.6M4 9H9M4 14.8H9V22", strokeWidth: 2.4 },
  star: { fill: "M12 1.6L15.2 8.6L22.8 9.5L17.2 14.7L18.7 22.2L12 18.4L5.3 22.2L6.8 14.7L1.2 9.5L8.8 8.6z" },

  // Shops and tables
  bag: { fill: "M3.6 8H20.4L19.2 22.2H4.8z", stroke: "M8 11V6A4 4 0 0 1 16 6V8", strokeWidth: 2.2 },
  cart: { fill: circle(9.2, 20, 1.9) + circle(17.2, 20, 1.9), stroke: "M1.4 3.4H4.8L8 15H18.6L21.4 7H6", strokeWidth: 2.4 },
  cutlery: {
    fill: "M4.4 1.8H6V8H7.2V1.8H8.8V8H10V1.8H11.6V9C11.6 11 10.6 12 9.4 12.4V22.2H6.6V12.4C5.4 12 4.4 11 4.4 9zM14.4 22.2V13.4H13V7C13 4 15 1.8 17.4 1.8V22.2z",
  },
  cup: {
    fill: "M3 9H17.6V14.4A5.8 5.8 0 0 1 11.8 20.2H8.8A5.8 5.8 0 0 1 3 14.4z",
    stroke: "M17.6 10.8H19.2A2.4 2.4 0 0 1 19.2 15.6H17M7.8 2C6.6 3.6 9 4.6 7.8 6.4M12.8 2C11.6 3.6 14 4.6 12.8 6.4",
    strokeWidth: 2,
  },
  yen: { stroke: "M5 2.6L12 11.4L19 2.6M12 11.4V21.8M6 12.8H18M6 17.2H18", strokeWidth: 2.6 },
  bed: { fill: `${circle(7, 10.4, 2.6)}M11 8.4H18.4A3.6 3.6 0 0 1 22 12V14.6H11z`, stroke: "M2.4 4.6V20M2.4 16H21.6V20", strokeWidth: 2.4 },

  // Getting there
  bus: {
    fill: `M6 2.4H18A3 3 0 0 1 21 5.4V18.4H3V5.4A3 3 0 0 1 6 2.4zM5.8 6V11.4H18.2V6z${circle(7.2, 15, 1.4)}${circle(16.8, 15, 1.4)}`,
    stroke: "M6.6 18.8V21M17.4 18.8V21",
    strokeWidth: 2.8,
  },
  letterP: { stroke: "M8 21.6V3.2H12.8A5.2 5.2 0 0 1 12.8 13.6H8", strokeWidth: 3.4 },
  boat: { fill: "M1.6 13H22.4L19.2 20.4H4.8zM5.8 7H18.2V11.6H5.8zM10.6 2.4H13.4V7H10.6z" },
  plane: { fill: "M10.4 3A1.6 1.6 0 0 1 13.6 3V9L22.4 14.6V17.2L13.6 14.2V19L16.2 21V22.8L12 21.7L7.8 22.8V21L10.4 19V14.2L1.6 17.2V14.6L10.4 9z" },
} as const satisfies Record<string, Glyph>;

export type GlyphName = keyof typeof drawn;
export const glyphs: Record<GlyphName, Glyph> = drawn;
