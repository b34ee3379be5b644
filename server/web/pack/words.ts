// The viewer's own words; what it shares with the map page comes from there.
import { filled, language, type Language } from "../src/language";

const words = {
  what: { ja: "防災の地図", en: "Map for disasters" },
  question: { ja: "どの災害から逃げますか", en: "Which disaster do you flee from?" },
  questionHint: { ja: "選んだ災害のすべてで使える避難場所をさがします。", en: "Finds the sites designated for every disaster you choose." },
  where: { ja: "今いる場所", en: "Where are you?" },
  whereHint: {
    ja: "地図の上で、今いる場所を押してください。地図は指や矢印キーで動かせます。",
    en: "Tap where you are on the map. Fingers and arrow keys move the map.",
  },
  useDevice: { ja: "現在地を使う", en: "Use my location" },
  useCentre: { ja: "地図の中心を使う", en: "Use the map's centre" },
  locating: { ja: "現在地を調べています…", en: "Finding your location…" },
  located: { ja: "現在地からさがしました（誤差 約{metres} m）。", en: "Searched from your location (within some {metres} m)." },
  chosen: { ja: "地図で選んだ場所からさがしました。", en: "Searched from the place you chose on the map." },
  noLocation: { ja: "現在地がわかりません。地図の上で今いる場所を押してください。", en: "Your location is not known. Tap where you are on the map." },
  locationDenied: {
    ja: "現在地の利用が許可されていません。地図の上で今いる場所を押してください。",
    en: "The use of your location is not allowed. Tap where you are on the map.",
  },
  nearest: { ja: "近い避難場所", en: "Nearest evacuation sites" },
  nearestEmpty: { ja: "今いる場所を選ぶと、ここに近い順に出ます。", en: "Choose where you are, and the nearest come here." },
  none: { ja: "選んだ災害のすべてで使える避難場所は、この地図にありません。", en: "This map has no site designated for every disaster you chose." },
  noShelters: { ja: "この地図には避難場所のデータがありません。", en: "This map holds no evacuation sites." },
  summary: { ja: "いちばん近いのは{name}、{direction}へ{distance}です。", en: "The nearest is {name}, {distance} to the {direction}." },
  metres: { ja: "{count} m", en: "{count} m" },
  kilometres: { ja: "{count} km", en: "{count} km" },
  minutes: { ja: "歩いて{count}分以上", en: "at least {count} min on foot" },
  straight: {
    ja: "距離と向きはまっすぐ測ったものです。川や線路、通れない道を避けて歩いてください。",
    en: "Distance and direction are along a straight line. Mind rivers, railways and blocked roads on your way.",
  },
  saved: { ja: "この端末に保存しました。通信がなくても使えます。", en: "Saved on this device. It works without a network." },
  saving: { ja: "この端末に保存しています… {done} / {all}", en: "Saving on this device… {done} of {all}" },
  notSaved: { ja: "この端末に保存できませんでした：{reason}", en: "Could not be saved on this device: {reason}" },
  fromFile: { ja: "このフォルダーから開いています。通信は使いません。", en: "Opened from this folder. No network is used." },
  newer: { ja: "新しい地図を保存しました。", en: "A newer map was saved." },
  showNewer: { ja: "新しい地図を見る", en: "Show it" },
  madeOf: { ja: "{time} 現在の地図です。", en: "The map as of {time}." },
  noWebGl: { ja: "この端末では地図を描けません。現在地を使って避難場所をさがせます。", en: "This device cannot draw the map. Your location still finds sites." },
  youAreHere: { ja: "今いる場所", en: "You are here" },
  directions: { ja: "北,北東,東,南東,南,南西,西,北西", en: "north,north-east,east,south-east,south,south-west,west,north-west" },
} as const satisfies Record<string, Record<Language, string>>;

export type PackWord = keyof typeof words;

/** The word in the reader's language, with {placeholders} filled. */
export function say(key: PackWord, values: Record<string, string | number> = {}): string {
  return filled(words[key][language()], values);
}

export function isPackWord(key: string): key is PackWord {
  return Object.hasOwn(words, key);
}

/** "480 m", "1.3 km": nobody walks by metres beyond a kilometre. */
export function distanceWords(metres: number): string {
  return metres < 995 ? say("metres", { count: Math.round(metres / 10) * 10 }) : say("kilometres", { count: (metres / 1000).toFixed(1) });
}

export function directionWords(point: number): string {
  return say("directions").split(",")[point] ?? "";
}
