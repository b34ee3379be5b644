// What the server says about its layers: the tests compare the map with it instead of knowing the city.

export async function itemsOf(baseUrl, layer) {
  const answer = await fetch(new URL(`collections/${layer}/items?f=json&limit=1000`, baseUrl));
  if (!answer.ok) throw new Error(`the items of ${layer} answered ${answer.status}, expected 200`);
  return (await answer.json()).features;
}

export async function namesOf(baseUrl, layer, isWanted = () => true) {
  return (await itemsOf(baseUrl, layer)).filter((item) => isWanted(item.properties)).map((item) => item.properties.name).sort();
}

/** The month on the wall calendar of the city. */
export function monthInTokyo() {
  return Number(new Intl.DateTimeFormat("en-US", { timeZone: "Asia/Tokyo", month: "numeric" }).format(new Date()));
}

export function inSeason(properties) {
  return properties.season_months.split(",").map(Number).includes(monthInTokyo());
}
