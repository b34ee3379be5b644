// The page from which staff upload a file into a layer's draft and read the report. The key stays in this tab's session storage.
import { byId } from "./dom";
import { type ImportReport, showReport } from "./import_report";
import { setStaffKey, staffKey } from "./staff_key";
import "./staff_import.css";

interface Job {
  id: string;
  state: "waiting" | "running" | "finished" | "failed" | "cancelled";
  progress: { done: number; total: number | null; unit: string };
  report?: ImportReport | null;
  error?: { detail: string };
}

const pollMs = 500;
const root = new URL("..", document.baseURI);

const form = byId("form", HTMLFormElement);
const key = byId("key", HTMLInputElement);
const status = byId("status", HTMLElement);
const bar = byId("progress", HTMLProgressElement);
const report = byId("report", HTMLElement);
const cancel = byId("cancel", HTMLButtonElement);
const next = byId("next", HTMLElement);
let running: string | undefined;

function say(ja: string, en: string, isWrong = false): void {
  status.textContent = `${ja} / ${en}`;
  status.classList.toggle("wrong", isWrong);
}

async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  return fetch(new URL(path, root), {
    ...options,
    headers: { Authorization: `Bearer ${key.value.trim()}`, Accept: "application/json", ...options.headers },
    cache: "no-store",
  });
}

function fillLayers(): void {
  void fetch(new URL("collections?f=json", root), { headers: { Accept: "application/json" } })
    .then(async (response) => (await response.json()) as { collections: { id: string }[] })
    .then(({ collections }) => {
      const list = byId("layers", HTMLDataListElement);
      for (const { id } of collections) {
        const option = document.createElement("option");
        option.value = id;
        list.append(option);
      }
    })
    .catch(() => undefined); // the layer's name can be typed
}

function parameters(isDryRun: string): URLSearchParams {
  const given = new URLSearchParams({ "dry-run": isDryRun });
  const fields: [string, string][] = [["encoding", "encoding"], ["crs", "crs"], ["key-column", "key"], ["match", "match"], ["preset", "preset"], ["mode", "mode"], ["conflicts", "conflicts"]];
  for (const [id, name] of fields) {
    const field = document.getElementById(id) as HTMLInputElement | HTMLSelectElement;
    if (field.value.trim() !== "") given.set(name, field.value.trim());
  }
  return given;
}

function showProgress({ done, total }: Job["progress"]): void {
  bar.hidden = false;
  if (total === null) bar.removeAttribute("value");
  else {
    bar.max = total;
    bar.value = done;
  }
}

async function wait(id: string): Promise<Job> {
  for (;;) {
    const response = await ask(`jobs/${id}`);
    if (!response.ok) throw new Error(((await response.json()) as { detail: string }).detail);
    const job = (await response.json()) as Job;
    if (job.state !== "waiting" && job.state !== "running") return job;
    showProgress(job.progress);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function conclude(outcome: ImportReport | null | undefined, sentence: string | undefined, isDryRun: boolean): void {
  if (outcome !== null && outcome !== undefined) showReport(report, outcome);
  if (sentence !== undefined) say("取り込めませんでした。", sentence, true);
  else if (isDryRun) say("試しに読みました。下書きは変わっていません。", "Tried; the draft was not changed.");
  else say("下書きに取り込みました。報告を読んでから公開してください。", "Imported into the draft; read the report before you publish.");
  next.hidden = sentence !== undefined || isDryRun;
  (report.hidden ? status : report).focus();
}

async function upload(isDryRun: string): Promise<void> {
  const file = byId("file", HTMLInputElement).files?.[0];
  if (file === undefined) return;
  const body = new FormData();
  body.append("file", file, file.name);
  const layer = byId("layer", HTMLInputElement).value;
  const response = await ask(`collections/${encodeURIComponent(layer)}/imports?${parameters(isDryRun).toString()}`, { method: "POST", body });
  const answer = (await response.json()) as ImportReport & Job & { detail?: string; report?: ImportReport };
  if (response.status === 202) {
    running = answer.id;
    cancel.hidden = false;
    const job = await wait(answer.id);
    if (job.state === "cancelled") say("中止しました。下書きは変わっていません。", "Cancelled; the draft was not changed.");
    else conclude(job.report, job.error?.detail, isDryRun === "true");
  } else if (response.ok) conclude(answer, undefined, isDryRun === "true");
  else conclude(answer.report, answer.detail ?? String(response.status), isDryRun === "true");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter as HTMLButtonElement | null;
  setStaffKey(key.value.trim());
  report.hidden = true;
  next.hidden = true;
  say("取り込んでいます…", "Importing …");
  upload(button?.value ?? "true")
    .catch((error: unknown) => say("取り込めませんでした。", error instanceof Error ? error.message : String(error), true))
    .finally(() => {
      running = undefined;
      cancel.hidden = true;
      bar.hidden = true;
    });
});
cancel.addEventListener("click", () => {
  if (running !== undefined) void ask(`jobs/${running}`, { method: "DELETE" });
});
key.value = staffKey();
fillLayers();
