#include "data/new_revision.hpp"

#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/spatialite_blob.hpp"
#include "data/unseen_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::data {

namespace {

void insert_revision(Connection &connection, std::string_view layer, const NewRevision &made) {
    Statement statement =
        connection.prepare("INSERT INTO keyaki_revisions (layer, number, change, published_at_us, author, message, content_of, added,"
                           " changed, removed, feature_count, west_deg, south_deg, east_deg, north_deg, profile, schema, unconditional)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)");
    const Revision &revision = made.revision;
    statement.bind_text(1, layer).bind_int64(2, static_cast<std::int64_t>(revision.number)).bind_int64(3, made.change);
    statement.bind_int64(4, revision.published_at_us).bind_text(5, revision.author).bind_text(6, revision.message);
    if (revision.content_of) {
        statement.bind_int64(7, static_cast<std::int64_t>(*revision.content_of));
    } else {
        statement.bind_null(7);
    }
    statement.bind_int64(8, static_cast<std::int64_t>(revision.added)).bind_int64(9, static_cast<std::int64_t>(revision.changed));
    statement.bind_int64(10, static_cast<std::int64_t>(revision.removed)).bind_int64(11, static_cast<std::int64_t>(revision.feature_count));
    statement.bind_text(17, made.schema).bind_int64(18, static_cast<std::int64_t>(revision.unconditional));
    bind_box(statement, 12, made.bounds).bind_text(16, made.profile.to_json()).run();
}

// The edges of a state's box. A side's edge is found among the versions in a strip along the old edge; the strip grows until it holds one.

enum class Side : std::uint8_t { west, south, east, north };

/// Of a box, so that smaller is further out on each side.
double outwards(const geo::LonLatBox &box, Side side) {
    switch (side) {
    case Side::west: return box.west_deg;
    case Side::south: return box.south_deg;
    case Side::east: return -box.east_deg;
    case Side::north: return -box.north_deg;
    }
    return 0;
}

void set_edge(geo::LonLatBox &box, Side side, double outward) {
    switch (side) {
    case Side::west: box.west_deg = outward; break;
    case Side::south: box.south_deg = outward; break;
    case Side::east: box.east_deg = -outward; break;
    case Side::north: box.north_deg = -outward; break;
    }
}

/// The condition that a row of the spatial index reaches into the strip whose inner edge is parameter 2. The index keeps boxes rounded outwards, so
/// it never leaves one out.
std::string_view strip_condition(Side side) {
    switch (side) {
    case Side::west: return "i.xmin <= ?2";
    case Side::south: return "i.ymin <= ?2";
    case Side::east: return "i.xmax >= -?2";
    case Side::north: return "i.ymax >= -?2";
    }
    return "";
}

double find_edge(Connection &connection, std::string_view layer, std::int64_t change, Side side, const geo::LonLatBox &within) {
    const double outer = outwards(within, side);
    const double extent = side == Side::west || side == Side::east ? within.east_deg - within.west_deg : within.north_deg - within.south_deg;
    Statement strip = connection.prepare(fmt::format("SELECT a.geom FROM {} i CROSS JOIN {} a ON a.row = i.pkid WHERE {} AND {}",
                                                     layer_spatial_index(layer), layer_table(layer), strip_condition(side), alive("a", 1)));
    constexpr double first_part = 1.0 / 1024;
    for (double part = first_part;; part *= 2) {
        const double inner = outer + extent * part;
        double nearest = std::numeric_limits<double>::infinity();
        strip.bind_int64(1, change).bind_double(2, inner);
        while (strip.step()) {
            nearest = std::min(nearest, outwards(spatialite_blob_bounds(strip.column_blob(0)), side));
        }
        strip.reset();
        if (nearest <= inner || part >= 1) {
            return nearest; // whatever is not in the strip lies further inside
        }
    }
}

} // namespace

Revision next_revision(const LayerRow &row, const DraftChanges &changes, std::string_view author, std::string_view message, std::int64_t now_us) {
    Revision revision;
    revision.number = row.layer.revision + 1;
    revision.published_at_us = now_us;
    revision.author = author;
    revision.message = message;
    revision.added = changes.added;
    revision.changed = changes.changed;
    revision.removed = changes.removed;
    revision.feature_count = row.layer.feature_count + changes.added - changes.removed;
    return revision;
}

void move_published(Connection &connection, const LayerRow &before, const NewRevision &made) {
    Statement statement =
        connection.prepare("UPDATE keyaki_layers SET revision = ?2, published_change = ?3, draft_change = ?4, last_change = max(last_change, ?4),"
                           " feature_count = ?5, west_deg = ?6, south_deg = ?7, east_deg = ?8, north_deg = ?9, profile = ?10,"
                           " draft_profile = ?11, schema = ?12, draft_added = 0, draft_changed = 0, draft_removed = 0, draft_west_deg = NULL,"
                           " draft_south_deg = NULL, draft_east_deg = NULL, draft_north_deg = NULL,"
                           " draft_unconditional = CASE WHEN ?4 > ?3 THEN draft_unconditional ELSE 0 END WHERE id = ?1");
    statement.bind_text(1, before.layer.spec.id).bind_int64(2, static_cast<std::int64_t>(made.revision.number)).bind_int64(3, made.change);
    statement.bind_int64(4, made.draft_change).bind_int64(5, static_cast<std::int64_t>(made.revision.feature_count)).bind_text(12, made.schema);
    bind_box(statement, 6, made.bounds).bind_text(10, made.profile.to_json()).bind_text(11, made.draft_profile.to_json()).run();
    insert_revision(connection, before.layer.spec.id, made);
    if (!(made.profile == before.profile)) {
        refresh_layer_view(connection, before.layer.spec.id, made.profile);
    }
}

geo::LonLatBox bounds_after(Connection &connection, std::string_view layer, std::int64_t change, const geo::LonLatBox &present,
                            const geo::LonLatBox &gone, const geo::LonLatBox &arrived) {
    geo::LonLatBox bounds = present;
    if (!gone.empty() && has_unindexed_rows(connection, layer)) {
        return bounds_of_state(connection, layer, change);
    }
    for (const Side side : {Side::west, Side::south, Side::east, Side::north}) {
        const bool leaves_edge = !gone.empty() && outwards(gone, side) <= outwards(present, side);
        const bool holds_edge = !arrived.empty() && outwards(arrived, side) <= outwards(present, side);
        if (!leaves_edge || holds_edge) {
            continue;
        }
        const double edge = find_edge(connection, layer, change, side, present);
        if (edge == std::numeric_limits<double>::infinity()) {
            return arrived; // nothing else is left
        }
        set_edge(bounds, side, edge);
    }
    bounds.extend(arrived);
    return bounds;
}

} // namespace keyaki::data
