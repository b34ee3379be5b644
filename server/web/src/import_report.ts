// The report of an import as elements: the counts first, then what the file was read as, then every list that is not empty.
import { element } from "./dom";

interface ReportRow {
  row: number;
  column?: string;
  value?: string;
  reason?: string;
}
interface NamedFeature {
  id: string;
  name: string;
  row?: number;
  distance_m?: number;
  file?: string;
  draft?: string;
  taken?: string;
}
interface Listing {
  count: number;
  features: NamedFeature[];
}
export interface ImportReport {
  driver: string;
  layer_in_file: string;
  encoding: { name: string; evidence: string; sample: string[] };
  crs: { code: string; name: string; evidence: string };
  preset: { title: { ja: string; en: string }; evidence: string } | null;
  rows_read: number;
  accepted: number;
  refused: number;
  repaired: Record<string, number>;
  refusals: ReportRow[];
  suspects: ReportRow[];
  warnings: string[];
  changes: { added: number; changed: number; removed: number; unchanged: number; moved: number | null } | null;
  moved?: Listing;
  removed?: Listing;
  kept: Listing;
  kept_edits: Listing;
  conflicts: Listing;
}

type Words = [ja: string, en: string];

function both(words: Words): (Node | string)[] {
  if (words[1] === "") return [words[0]];
  return [words[0], " ", element("span", { lang: "en" }, words[1])];
}

function heading(words: Words): HTMLElement {
  return element("h2", {}, ...both(words));
}

function counts(report: ImportReport): HTMLElement {
  const items: [Words, number | null][] = [
    [["読んだ行", "Rows read"], report.rows_read],
    [["取り込めなかった行", "Rows refused"], report.refused],
    [["追加", "Added"], report.changes?.added ?? null],
    [["変更", "Changed"], report.changes?.changed ?? null],
    [["うち移動", "Moved"], report.changes?.moved ?? null],
    [["削除", "Removed"], report.changes?.removed ?? null],
    [["変わらない", "Unchanged"], report.changes?.unchanged ?? null],
  ];
  const list = element("ul", { class: "counts" });
  for (const [words, count] of items) if (count !== null) list.append(element("li", {}, element("b", {}, String(count)), ...both(words)));
  return list;
}

function facts(report: ImportReport): HTMLElement {
  const list = element("dl");
  const add = (words: Words, value: string, evidence: string): void => {
    if (value.trim() === "") return;
    list.append(element("dt", {}, ...both(words)), element("dd", {}, value, " ", element("span", { lang: "en" }, evidence === "" ? "" : `(${evidence})`)));
  };
  add(["形式", "Format"], report.driver, report.layer_in_file);
  add(["文字コード", "Encoding"], report.encoding.name, report.encoding.evidence);
  add(["座標系", "Coordinates"], `${report.crs.code} ${report.crs.name}`, report.crs.evidence);
  if (report.preset !== null) add(["標準データセット", "Standard table"], report.preset.title.ja, report.preset.evidence);
  add(["最初の3行", "The first three rows"], report.encoding.sample.join("\n"), "");
  for (const [kind, rows] of Object.entries(report.repaired)) add(["修復", "Repaired"], String(rows), kind);
  return list;
}

function table(words: Words, heads: Words[], rows: string[][], total: number): Node[] {
  if (rows.length === 0) return [];
  const body = element("tbody");
  for (const cells of rows) body.append(element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  const more = total > rows.length ? [element("p", {}, `ほか ${total - rows.length} 件 / and ${total - rows.length} more`)] : [];
  const head = element("thead", {}, element("tr", {}, ...heads.map((one) => element("th", { scope: "col" }, ...both(one)))));
  return [heading(words), element("table", {}, head, body), ...more];
}

const rowHeads: Words[] = [["行", "Row"], ["列", "Column"], ["値", "Value"], ["理由", "Reason"]];

function rowTable(words: Words, rows: ReportRow[], total: number): Node[] {
  return table(words, rowHeads, rows.map((row) => [String(row.row), row.column ?? "", row.value ?? "", row.reason ?? ""]), total);
}

/** With a third column where there is something to say of each. */
function featureTable(words: Words, listing: Listing | undefined, what?: Words, text: (feature: NamedFeature) => string = () => ""): Node[] {
  const rows = (listing?.features ?? []).map((feature) => [feature.id, feature.name, ...(what === undefined ? [] : [text(feature)])]);
  return table(words, [["ID", ""], ["名称", "Name"], ...(what === undefined ? [] : [what])], rows, listing?.count ?? 0);
}

function meeting(feature: NamedFeature): string {
  return `file: ${feature.file ?? ""}; draft: ${feature.draft ?? ""}; taken: ${feature.taken ?? ""}`;
}

/** Fills the place with the report; what stood there goes. */
export function showReport(place: HTMLElement, report: ImportReport): void {
  const warnings = report.warnings.map((warning) => element("li", { lang: "en" }, warning));
  place.replaceChildren(
    heading(["報告", "Report"]),
    counts(report),
    ...(warnings.length > 0 ? [element("ul", {}, ...warnings)] : []),
    facts(report),
    ...rowTable(["取り込めなかった行", "Rows refused"], report.refusals, report.refused),
    ...rowTable(["確認したい行", "Doubtful rows"], report.suspects, report.suspects.length),
    ...featureTable(["下書きの編集と食い違う地物", "Edited in the draft and changed by the file"], report.conflicts, ["結果", "Outcome"], meeting),
    ...featureTable(["下書きの編集を残した地物", "Edits of the draft that stay"], report.kept_edits, ["結果", "Outcome"], meeting),
    ...featureTable(["行を取り込めず、そのまま残した地物", "Features that stay because their rows were refused"], report.kept, ["行", "Row"], (feature) => String(feature.row ?? "")),
    ...featureTable(["移動した地物", "Moved features"], report.moved, ["距離", "Distance"], (feature) => `${feature.distance_m ?? 0} m`),
    ...featureTable(["なくなる地物", "Features that go"], report.removed),
  );
  place.hidden = false;
}
