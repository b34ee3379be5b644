// Pieces that all layers are put together from.
import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from "maplibre-gl";
import { nameIn } from "./labels";
import type { Palette } from "./palettes";

export const citySource = "city";
export const baseSource = "base";

/** The stacks that the server has glyphs for. */
export const regularFont = ["Noto Sans CJK JP Regular"];
export const boldFont = ["Noto Sans CJK JP Bold"];

type Stops = readonly (readonly [zoom: number, value: number])[];

/** A size that grows from zoom to zoom, as the map does. */
export function growing(...stops: Stops): ExpressionSpecification {
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops.flat()] as unknown as ExpressionSpecification;
}

/** A size that changes evenly from zoom to zoom. */
export function even(...stops: Stops): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], ...stops.flat()] as unknown as ExpressionSpecification;
}

/** The size of letters: light's pixels times the style's. */
export function letters(palette: Palette, ...stops: Stops): ExpressionSpecification {
  return even(...stops.map(([zoom, pixels]) => [zoom, Math.round(pixels * palette.lettersTimes * 2) / 2] as const));
}

export function isOneOf(field: string, values: readonly string[]): ExpressionSpecification {
  return ["in", ["get", field], ["literal", [...values]]];
}

/** The colour that a feature brings, made fit to be read on the ground. */
export function ownColour(palette: Palette, otherwise: string): ExpressionSpecification {
  const own: ExpressionSpecification = ["to-color", ["get", "colour"], otherwise];
  if (palette.ownColourMix === 0) return own;
  return ["interpolate", ["linear"], ["literal", palette.ownColourMix], 0, own, 1, palette.text];
}

export function cityPlace(layer: string): { source: string; "source-layer": string } {
  return { source: citySource, "source-layer": layer };
}

export function basePlace(layer: string): { source: string; "source-layer": string } {
  return { source: baseSource, "source-layer": layer };
}

/** A label; what `more` says is added to the layout. */
export function label(
  palette: Palette,
  id: string,
  place: { source: string; "source-layer": string },
  colour: string | ExpressionSpecification,
  more: Omit<SymbolLayerSpecification, "id" | "type" | "source">,
): LayerSpecification {
  const { layout, paint, ...rest } = more;
  return {
    id, type: "symbol", ...place, ...rest,
    layout: { "text-field": nameIn.ja, "text-font": boldFont, ...layout },
    paint: { "text-color": colour, "text-halo-color": palette.halo, "text-halo-width": palette.haloWidth, ...paint },
  } as LayerSpecification;
}
