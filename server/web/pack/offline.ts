// The page's side of the service worker, which keeps the pack in the phone's cache (service_worker.ts).

export type OfflineState =
  | { kind: "file" } // opened from a folder: it is all here
  | { kind: "none" } // this browser keeps nothing, or the address is not a safe one
  | { kind: "saving"; done: number; all: number }
  | { kind: "saved" }
  | { kind: "newer" } // another pack than the one on the screen is saved now
  | { kind: "failed"; reason: string };

/** Tells `see` how far the pack is kept; asks whether there is a newer one each time the page is opened. */
export function keepOffline(see: (state: OfflineState) => void): void {
  if (location.protocol === "file:") return see({ kind: "file" });
  if (!("serviceWorker" in navigator)) return see({ kind: "none" });
  navigator.serviceWorker.addEventListener("message", (event) => see(event.data as OfflineState));
  void begin().catch((error: unknown) => see({ kind: "failed", reason: String((error as Error).message ?? error) }));
}

async function begin(): Promise<void> {
  const registration = await navigator.serviceWorker.register("service_worker.js", { scope: "./" });
  await navigator.serviceWorker.ready;
  registration.active?.postMessage({ kind: "look" });
}
