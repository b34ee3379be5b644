#pragma once

#include "server/application.hpp"
#include "server/http/router.hpp"

/// The routes, one file per resource. A handler is a function of the request; `application` outlives the router.
namespace keyaki::server {

void add_health_routes(http::Router &router, Application &application);          ///< /healthz /readyz /metrics
void add_tile_routes(http::Router &router, Application &application);            ///< /tiles/…
void add_collection_routes(http::Router &router, Application &application);      ///< landing page, /conformance, /collections
void add_draft_routes(http::Router &router, Application &application);           ///< /drafts, /collections/{layer}/draft…
void add_revision_routes(http::Router &router, Application &application);        ///< /collections/{layer}/revisions…
void add_event_routes(http::Router &router, Application &application);           ///< /events
void add_item_routes(http::Router &router, Application &application);            ///< /collections/{layer}/items…
void add_schema_routes(http::Router &router, Application &application);          ///< /collections/{layer}/schema
void add_queryable_routes(http::Router &router, Application &application);       ///< /collections/{layer}/queryables
void add_tileset_routes(http::Router &router, Application &application);         ///< OGC API – Tiles: /tiles, /collections/{layer}/tiles, …
void add_edit_routes(http::Router &router, Application &application);            ///< changes of /collections/{layer}/items…
void add_layer_routes(http::Router &router, Application &application);           ///< POST /collections, PATCH /collections/{layer}
void add_summary_routes(http::Router &router, Application &application);         ///< /collections/{layer}/summary
void add_fence_routes(http::Router &router, Application &application);           ///< /collections/{layer}/fences
void add_pack_routes(http::Router &router, Application &application);            ///< /packs
void add_page_routes(http::Router &router, Application &application);            ///< the map page's own files
void add_style_routes(http::Router &router, Application &application);           ///< /styles
void add_glyph_routes(http::Router &router, Application &application);           ///< /glyphs
void add_import_routes(http::Router &router, Application &application);          ///< /collections/{layer}/imports, /staff/import
void add_job_routes(http::Router &router, Application &application);             ///< /jobs/{id}
void add_check_in_routes(http::Router &router, Application &application);        ///< /checkins, /members
void add_review_routes(http::Router &router, Application &application);          ///< /reviews
void add_rally_routes(http::Router &router, Application &application);           ///< /rallies, /coupons
void add_ledger_routes(http::Router &router, Application &application);          ///< /ledger
void add_ledger_transfer_routes(http::Router &router, Application &application); ///< /ledger/transfers, /ledger/waiting
void add_ledger_shop_routes(http::Router &router, Application &application);     ///< /ledger/shops
void add_coupon_routes(http::Router &router, Application &application);          ///< /ledger/shops/{shop}/coupons
void add_member_routes(http::Router &router, Application &application);          ///< /members/{member}
void add_statistics_routes(http::Router &router, Application &application);      ///< /statistics
void add_webhook_routes(http::Router &router, Application &application);         ///< /webhooks
void add_api_description_route(http::Router &router, Application &application);  ///< /api; called last, as it describes the routes that stand

} // namespace keyaki::server
