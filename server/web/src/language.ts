// The page's own words, in Japanese and English. Names of features come from the data (name, name_en).
import { hazards, type HazardProperty } from "../styles/hazards";

export type Language = "ja" | "en";

const hazardWords = Object.fromEntries(hazards.map(({ id, ja, en }) => [`hazard_${id}`, { ja, en }])) as Record<HazardProperty, Record<Language, string>>;

const words = {
  documentTitle: { ja: "まちの地図", en: "City map" },
  loading: { ja: "地図を読み込んでいます…", en: "Loading the map…" },
  skipToList: { ja: "地図を飛ばして一覧へ", en: "Skip the map, go to the list" },
  map: { ja: "地図（矢印キーで移動、＋と−で拡大・縮小）", en: "Map (arrow keys to move, + and − to zoom)" },
  panel: { ja: "地図の操作と一覧", en: "Map controls and list" },
  openPanel: { ja: "操作と一覧を開く", en: "Open controls and list" },
  closePanel: { ja: "操作と一覧を閉じる", en: "Close controls and list" },
  switchLanguage: { ja: "English", en: "日本語" },
  shelterFilter: { ja: "災害の種類でさがす", en: "Find a place for a disaster" },
  shelterFilterHint: { ja: "選んだ災害のすべてで使える避難場所だけを表示します。", en: "Shows only the sites designated for every disaster you choose." },
  shelterCount: { ja: "避難場所 {shown} / {all} か所", en: "{shown} of {all} evacuation sites" },
  seasonNow: { ja: "{month}月が旬", en: "In season in {month}" },
  seasonFilter: { ja: "いま旬の直売所だけ", en: "Only stands in season now" },
  inSeason: { ja: "いまが旬", en: "In season now" },
  outOfSeason: { ja: "いまは旬の外", en: "Out of season now" },
  mapStyle: { ja: "地図の見た目", en: "How the map looks" },
  style_light: { ja: "標準", en: "Light" },
  style_dark: { ja: "暗い", en: "Dark" },
  style_disaster: { ja: "防災（見やすい）", en: "Disaster (high contrast)" },
  layers: { ja: "地図に表示するもの", en: "What the map shows" },
  list: { ja: "一覧", en: "List" },
  listLayer: { ja: "一覧にするもの", en: "What to list" },
  search: { ja: "名前や住所でしぼりこむ", en: "Narrow by name or address" },
  listCount: { ja: "{count} 件", en: "{count} entries" },
  listEmpty: { ja: "当てはまるものはありません。", en: "Nothing matches." },
  listFailed: { ja: "一覧を取得できませんでした。", en: "The list could not be fetched." },
  tilesFailed: { ja: "地図データの一部を取得できません。表示できている部分はそのまま使えます。", en: "Part of the map could not be fetched. What you see can still be used." },
  mapFailed: { ja: "地図データを取得できません。通信の状態を確かめて、もう一度お試しください。", en: "The map's data could not be fetched. Check the connection and try again." },
  offline: { ja: "オフラインです。表示できている地図と一覧はそのまま使えます。", en: "You are offline. The map and list that you see can still be used." },
  noWebGl: { ja: "この端末では地図を描けません。一覧をご利用ください。", en: "This device cannot draw the map. Please use the list." },
  refreshed: { ja: "地図が新しくなりました：{layers}", en: "The map was updated: {layers}" },
  retry: { ja: "もう一度", en: "Try again" },
  dismiss: { ja: "閉じる", en: "Close" },
  previous: { ja: "前へ", en: "Previous" },
  next: { ja: "次へ", en: "Next" },
  ofHere: { ja: "ここに{count}件", en: "{count} here" },
  usableFor: { ja: "対応する災害", en: "Designated for" },
  notUsableFor: { ja: "対応しない災害", en: "Not designated for" },
  designatedShelter: { ja: "指定避難所（生活する場所）を兼ねる", en: "Also a designated shelter to stay in" },
  address: { ja: "住所", en: "Address" },
  note: { ja: "備考", en: "Note" },
  about: { ja: "説明", en: "About" },
  checkIn: { ja: "チェックイン", en: "Check-in" },
  products: { ja: "品目", en: "Products" },
  season: { ja: "時期", en: "Season" },
  hours: { ja: "時間", en: "Hours" },
  payment: { ja: "支払い", en: "Payment" },
  length: { ja: "距離と時間", en: "Length and time" },
  lengthValue: { ja: "{km} km・約{minutes}分", en: "{km} km, about {minutes} min" },
  course: { ja: "コース", en: "Course" },
  courseOrder: { ja: "{course}の{order}番目", en: "Stop {order} of {course}" },
  checkInRadius: { ja: "ここから{radius} m以内でできます", en: "within {radius} m of this point" },
  line: { ja: "路線", en: "Line" },
  kind: { ja: "種類", en: "Kind" },
  classes: { ja: "認証", en: "Certified as" },
  class_universal_design: { ja: "ユニバーサルデザイン", en: "Universal design" },
  class_child_friendly: { ja: "子育てにやさしい", en: "Child-friendly" },
  class_local_produce: { ja: "地場産", en: "Local produce" },
  classFilter: { ja: "店の認証でさがす", en: "Find shops by class" },
  ...hazardWords,
  sources: { ja: "出典", en: "Sources" },
  zoomIn: { ja: "拡大", en: "Zoom in" },
  zoomOut: { ja: "縮小", en: "Zoom out" },
  north: { ja: "北を上にする", en: "Reset north" },
  locate: { ja: "現在地", en: "Where am I" },
  locateUnavailable: { ja: "現在地を取得できません", en: "Your location is not available" },
  locateOutside: { ja: "現在地は地図の範囲の外です。", en: "You are outside of the map's area." },
  locateDenied: { ja: "現在地の利用が許可されていません。端末の設定をご確認ください。", en: "The use of your location is not allowed. See your device's settings." },
  toggleSources: { ja: "出典を表示", en: "Show the sources" },
  closePopup: { ja: "説明を閉じる", en: "Close the description" },
  staff: { ja: "職員用：下書きの確認と公開", en: "For staff: look at drafts and publish" },
  staffKey: { ja: "職員の鍵", en: "Your staff key" },
  staffEnter: { ja: "下書きを見る", en: "Look at drafts" },
  staffWorking: { ja: "お待ちください…", en: "Please wait…" },
  staffFailed: { ja: "サーバーと通信できませんでした。", en: "The server could not be reached." },
  staffRefused: { ja: "できませんでした：", en: "That was refused:" },
  staffKeyWrong: { ja: "この鍵は使えません。", en: "This key is not valid." },
  staffKeyMayNot: { ja: "この鍵では、その操作はできません。", en: "This key may not do that." },
  staffMovedOn: { ja: "下書きか公開中の版が、その間に変わりました。もう一度ご確認ください。", en: "The draft or the published state has changed meanwhile. Please look again." },
  staffNoDrafts: { ja: "下書きはありません。", en: "There are no drafts." },
  staffLayer: { ja: "下書きのあるもの", en: "Layers with a draft" },
  staffCounts: { ja: "変更の件数", en: "Number of changes" },
  staffChanges: { ja: "変更の一覧", en: "List of changes" },
  staffMessage: { ja: "公開の理由（履歴に残ります）", en: "Why (kept in the history)" },
  staffConfirm: { ja: "{count}件が地図からなくなることを確認しました", en: "I have checked that {count} features go from the map" },
  staffPublish: { ja: "公開する", en: "Publish" },
  staffPublished: { ja: "公開しました：{layer}（第{revision}版）", en: "Published: {layer} (revision {revision})" },
  staffTakeBack: { ja: "公開を取り消して第{revision}版の内容に戻す", en: "Take it back to what revision {revision} held" },
  staffTakenBackMessage: { ja: "第{revision}版の公開の取り消し", en: "Takes back revision {revision}" },
  staffTakenBack: { ja: "元の内容に戻しました：{layer}（第{revision}版）", en: "Taken back: {layer} (revision {revision})" },
  staffDiscard: { ja: "下書きを捨てる", en: "Throw the draft away" },
  staffDiscardSure: { ja: "{layer}の下書きを捨てますか。元には戻せません。", en: "Throw the draft of {layer} away? This cannot be undone." },
  staffDiscarded: { ja: "下書きを捨てました：{layer}", en: "The draft was thrown away: {layer}" },
  staffReload: { ja: "読み直す", en: "Look again" },
  staffImport: { ja: "ファイルを取り込む", en: "Import a file" },
  staffLeave: { ja: "鍵を忘れて終わる", en: "Forget the key and leave" },
  changeAdded: { ja: "追加", en: "Added" },
  changeRemoved: { ja: "廃止", en: "Removed" },
  changeMoved: { ja: "移動", en: "Moved" },
  changeChanged: { ja: "内容の変更", en: "Changed" },
  yes: { ja: "はい", en: "yes" },
  no: { ja: "いいえ", en: "no" },
} as const satisfies Record<string, Record<Language, string>>;

export type Word = keyof typeof words;

const storageKey = "keyaki:language";
const listeners = new Set<() => void>();

/** ?lang= wins, then the last choice, then the browser's languages; Japanese when nothing speaks for English. */
function firstLanguage(): Language {
  const asked = new URL(location.href).searchParams.get("lang");
  if (asked === "ja" || asked === "en") return asked;
  try {
    const stored = localStorage.getItem(storageKey);
    if (stored === "ja" || stored === "en") return stored;
  } catch {
    // Storage may be forbidden; the browser's languages remain.
  }
  const first = navigator.languages.find((tag) => /^(ja|en)\b/i.test(tag));
  return first !== undefined && /^en\b/i.test(first) ? "en" : "ja";
}

let current: Language = firstLanguage();

export function language(): Language {
  return current;
}

export function setLanguage(next: Language): void {
  current = next;
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // The choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

/** The word in the given language (the page's when none is given), with {placeholders} filled. */
export function word(key: Word, values: Record<string, string | number> = {}, tongue: Language = current): string {
  return filled(words[key][tongue], values);
}

/** With its {placeholders} filled; those without a value stay. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function isWord(key: string): key is Word {
  return Object.hasOwn(words, key);
}
