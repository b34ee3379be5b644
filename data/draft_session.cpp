#include "data/draft_session.hpp"

#include "data/draft_edits.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/limits.hpp"
#include "data/spatial_index.hpp"
#include "data/spatialite_blob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace keyaki::data {

namespace {

[[noreturn]] void refuse_second_time(std::string_view feature_id, std::string_view layer) {
    throw geo::Error(geo::ErrorKind::conflict, fmt::format("the id {} comes twice in one import into layer {}", feature_id, layer));
}

std::string lookup_sql(std::string_view layer) {
    return fmt::format("SELECT a.row, a.content_hash FROM {0} a INDEXED BY {0}_feature WHERE a.feature_id = ?1 AND {1}", layer_table(layer),
                       alive("a", 2));
}

} // namespace

DraftSession::DraftSession(Writer &writer, ReaderPool &readers, std::string_view layer, Store::DraftMode mode, std::string_view author)
    : m_writer(writer), m_readers(readers), m_mode(mode) {
    m_import.layer = layer;
    m_lookup_sql = is_layer_id(layer) ? lookup_sql(layer) : "";
    while (!m_lock) {
        m_writer.run([&](Connection &connection) { begin(connection, author); });
    }
    m_touched.resize(static_cast<std::size_t>(m_readers.borrow()->query_int64("SELECT coalesce(max(row), 0) FROM " + layer_table(layer))) + 1);
}

DraftSession::~DraftSession() {
    if (m_committed) {
        return;
    }
    try {
        if (m_in_work.valid()) {
            m_in_work.wait();
        }
        m_writer.run([this](Connection &connection) { abandon_import(connection, m_import.id); });
        m_lock.reset();
        m_writer.wake();
    } catch (const geo::Error &) {
        // The database is gone or broken: what is left is found by the lock that nobody holds, and swept at the next open.
    }
}

/// Begins, or sweeps a piece of what has to be swept before: it has lower numbers than this import and would be uncovered by it.
void DraftSession::begin(Connection &connection, std::string_view author) {
    m_base = require_layer_row(connection, m_import.layer);
    if (bury_dead_imports(connection, m_import.layer)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("another import into layer {} is running; wait for its end", m_import.layer));
    }
    if (sweep_piece(connection, m_import.layer)) {
        return;
    }
    m_import.first_change = m_base.last_change + 1;
    m_import.last_change = m_import.first_change;
    m_import.is_bulk = connection.query_int64(fmt::format("SELECT EXISTS (SELECT 1 FROM {})", layer_table(m_import.layer))) == 0;
    m_base_is_empty = m_import.is_bulk;
    connection.prepare("UPDATE keyaki_layers SET last_change = ?2 WHERE id = ?1")
        .bind_text(1, m_import.layer)
        .bind_int64(2, m_import.last_change)
        .run();
    m_import.id = insert_unseen(connection, m_import, true, author);
    m_lock = ImportLock::try_acquire(connection.file(), m_import.id);
    if (!m_lock) {
        throw geo::Error(geo::ErrorKind::unavailable, "the lock of a new import is held by somebody; try again");
    }
}

void DraftSession::put(geo::Feature &&feature) {
    require_open();
    const geo::Feature taken = std::move(feature); // gone when this returns, whatever happens
    require_geometry_allowed(m_base.layer.spec, taken.geometry.type, taken.id);
    m_piece.rows.push_back(to_row(taken));
    m_profile.observe(taken);
    m_piece.bytes += m_piece.rows.back().bytes();
    flush_if_full();
}

void DraftSession::remove(std::string_view feature_id) {
    require_open();
    m_piece.removals.emplace_back(feature_id);
    m_piece.bytes += feature_id.size();
    flush_if_full();
}

void DraftSession::note_brought(std::string_view feature_id, const std::optional<ContentHash> &content) {
    require_open();
    m_brought.emplace_back(feature_id, content);
}

void DraftSession::flush_if_full() {
    if (m_piece.rows.size() + m_piece.removals.size() >= draft_chunk_rows || m_piece.bytes >= draft_chunk_bytes) {
        flush();
    }
}

void DraftSession::require_open() const {
    assert(!m_committed && "an import ends with its commit");
    if (m_failed) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("an import into layer {} that failed was to go on; begin again", m_import.layer));
    }
}

void DraftSession::flush() {
    const bool failed_before = std::exchange(m_failed, true); // a piece that is lost must not be missed by commit()
    submit(compared_piece());
    m_failed = failed_before;
}

/// The piece in the making, ready to be written.
DraftSession::Piece DraftSession::compared_piece() {
    Piece piece = std::exchange(m_piece, {});
    if (!m_base_is_empty || !piece.removals.empty()) {
        if (!piece.removals.empty()) {
            wait_for_piece(); // to see ids that this import itself has put
        }
        auto view = m_readers.borrow();
        compare(*view, piece);
    } else {
        m_changes.added += piece.rows.size();
    }
    for (const FeatureRow &row : piece.rows) {
        m_bounds.extend(row.bounds);
    }
    // Neighbours go into the same nodes of the spatial index, and are read together later.
    piece.rows = sorted_along_curve(std::move(piece.rows));
    return piece;
}

/// By place on the Hilbert curve, which is worked out once a row and not once a comparison.
std::vector<FeatureRow> DraftSession::sorted_along_curve(std::vector<FeatureRow> rows) {
    std::vector<std::pair<std::int64_t, std::size_t>> order;
    order.reserve(rows.size());
    for (std::size_t index = 0; index < rows.size(); ++index) {
        order.emplace_back(hilbert_position(rows[index].bounds), index);
    }
    std::sort(order.begin(), order.end());
    std::vector<FeatureRow> sorted;
    sorted.reserve(rows.size());
    for (const auto &[position, index] : order) {
        sorted.push_back(std::move(rows[index]));
    }
    return sorted;
}

void DraftSession::compare(Connection &connection, Piece &piece) {
    std::erase_if(piece.rows, [&](const FeatureRow &row) { return is_unchanged(connection, row, piece); });
    for (const std::string &feature_id : piece.removals) {
        look_up_removal(connection, feature_id, piece);
    }
}

/// Compares with the base; says whether there is nothing to write, and marks the version that the row replaces.
bool DraftSession::is_unchanged(Connection &connection, const FeatureRow &row, Piece &piece) {
    const auto before = find_version(connection, row.feature_id, m_base.draft_change);
    if (!before) {
        ++m_changes.added;
        tally(connection, row.feature_id, std::nullopt, row.content_hash);
        return false;
    }
    touch(before->row, row.feature_id);
    if (before->content_hash == row.content_hash) {
        return true;
    }
    ++m_changes.changed;
    piece.replaced.push_back(before->row);
    tally(connection, row.feature_id, before->content_hash, row.content_hash);
    return false;
}

std::optional<DraftSession::Version> DraftSession::find_version(Connection &connection, std::string_view feature_id, std::int64_t change) const {
    Statement lookup = connection.prepare(m_lookup_sql);
    if (!lookup.bind_text(1, feature_id).bind_int64(2, change).step()) {
        return std::nullopt;
    }
    return Version{lookup.column_int64(0), read_hash(lookup, 1)};
}

/// Keeps count of what the draft is against the published state while one feature goes from `before` to `after`.
void DraftSession::tally(Connection &connection, std::string_view feature_id, const std::optional<ContentHash> &before,
                         const std::optional<ContentHash> &after) {
    if (!m_base.layer.has_draft) {
        return; // the base is what is published: m_changes says all
    }
    const auto version = find_version(connection, feature_id, m_base.published_change);
    const auto count = [&](const std::optional<ContentHash> &content, std::int64_t step) {
        if (!version) {
            m_draft_growth.added += content ? step : 0;
        } else if (!content) {
            m_draft_growth.removed += step;
        } else if (*content != version->content_hash) {
            m_draft_growth.changed += step;
        }
    };
    count(before, -1);
    count(after, 1);
}

void DraftSession::look_up_removal(Connection &connection, const std::string &feature_id, Piece &piece) {
    if (const auto before = find_version(connection, feature_id, m_base.draft_change)) {
        touch(before->row, feature_id);
        ++m_changes.removed;
        piece.replaced.push_back(before->row);
        tally(connection, feature_id, before->content_hash, std::nullopt);
        return;
    }
    // Removing what is not there is no change (OSM's change files do it all the time), except what this import has put itself.
    Statement own = connection.prepare(fmt::format("SELECT 1 FROM {} WHERE feature_id = ?1 AND added = ?2", layer_table(m_import.layer)));
    const bool in_piece = std::ranges::any_of(piece.rows, [&](const FeatureRow &row) { return row.feature_id == feature_id; });
    if (in_piece || own.bind_text(1, feature_id).bind_int64(2, m_import.first_change).step()) {
        refuse_second_time(feature_id, m_import.layer);
    }
}

void DraftSession::touch(std::int64_t row, std::string_view feature_id) {
    const auto place = static_cast<std::size_t>(row);
    if (m_touched[place]) {
        refuse_second_time(feature_id, m_import.layer);
    }
    m_touched[place] = true;
}

void DraftSession::wait_for_piece() {
    if (m_in_work.valid()) {
        m_in_work.get();
    }
}

void DraftSession::submit(Piece &&piece) {
    wait_for_piece();
    m_in_work =
        m_writer.submit([this, shared = std::make_shared<const Piece>(std::move(piece))](Connection &connection) { write(connection, *shared); },
                        Writer::WhenFull::wait);
}

void DraftSession::write(Connection &connection, const Piece &piece) const {
    const std::string table = layer_table(m_import.layer);
    Statement mark = connection.prepare(fmt::format("UPDATE {} SET removed = ?1 WHERE row = ?2", table));
    for (const std::int64_t row : piece.replaced) {
        mark.bind_int64(1, m_import.first_change).bind_int64(2, row).run();
    }
    Statement insert =
        connection.prepare(fmt::format("INSERT INTO {} (feature_id, added, content_hash, properties, geom) VALUES (?1, ?2, ?3, ?4, ?5)", table));
    Statement index = connection.prepare(
        fmt::format("INSERT INTO {} (pkid, xmin, xmax, ymin, ymax) VALUES (?1, ?2, ?3, ?4, ?5)", layer_spatial_index(m_import.layer)));
    for (const FeatureRow &row : piece.rows) {
        insert.bind_text(1, row.feature_id).bind_int64(2, m_import.first_change).bind_blob(3, row.content_hash);
        insert.bind_text(4, row.properties).bind_blob(5, row.geometry);
        try {
            insert.run();
        } catch (const DatabaseError &error) {
            if (error.kind() == geo::ErrorKind::conflict) {
                refuse_second_time(row.feature_id, m_import.layer);
            }
            throw;
        }
        if (!m_import.is_bulk) {
            index.bind_int64(1, connection.last_row_id()).bind_double(2, row.bounds.west_deg).bind_double(3, row.bounds.east_deg);
            index.bind_double(4, row.bounds.south_deg).bind_double(5, row.bounds.north_deg).run();
        }
    }
}

/// The base's versions that were not met, a piece at a time, so that the list stays short.
void DraftSession::remove_what_was_not_put() {
    const std::string sql = fmt::format("SELECT a.row, a.feature_id, a.content_hash FROM {} a NOT INDEXED WHERE a.row > ?2 AND {} ORDER BY a.row",
                                        layer_table(m_import.layer), alive("a", 1));
    std::int64_t last_row = 0;
    bool more = !m_base_is_empty;
    while (more) {
        Piece piece;
        {
            auto view = m_readers.borrow();
            Statement rows = view->prepare(sql);
            rows.bind_int64(1, m_base.draft_change).bind_int64(2, last_row);
            while (piece.replaced.size() < draft_chunk_rows && rows.step()) {
                last_row = rows.column_int64(0);
                if (!m_touched[static_cast<std::size_t>(last_row)]) {
                    piece.replaced.push_back(last_row);
                    tally(*view, rows.column_text(1), read_hash(rows, 2), std::nullopt);
                }
            }
            more = piece.replaced.size() == draft_chunk_rows;
        }
        m_changes.removed += piece.replaced.size();
        submit(std::move(piece));
    }
}

/// The index of a table that was empty, bottom-up.
void DraftSession::build_spatial_index() {
    wait_for_piece();
    PackedIndexBuilder builder;
    const auto submit_piece = [this](PackedIndexBuilder::Piece &&made) {
        wait_for_piece();
        auto shared = std::make_shared<const PackedIndexBuilder::Piece>(std::move(made));
        m_in_work = m_writer.submit([this, shared](Connection &connection) { write_index_piece(connection, m_import.layer, *shared); },
                                    Writer::WhenFull::wait);
    };
    auto view = m_readers.borrow();
    add_all_rows(*view, m_import.layer, builder, [&] {
        if (builder.waiting_nodes() >= index_chunk_nodes) {
            submit_piece(builder.take_piece());
        }
    });
    builder.finish(submit_piece);
    wait_for_piece();
}

DraftChanges DraftSession::commit() {
    require_open();
    m_failed = true; // until the end is reached
    Piece last = compared_piece();
    if (m_mode == Store::DraftMode::replace) {
        remove_what_was_not_put();
    }
    if (m_import.is_bulk) {
        submit(std::exchange(last, {}));
        build_spatial_index();
    }
    wait_for_piece();
    const DraftChanges changes = finish(last);
    m_failed = false;
    return changes;
}

DraftChanges DraftSession::finish(const Piece &last) {
    DraftChanges changes;
    m_writer.run([&](Connection &connection) {
        write(connection, last); // a small import is one transaction
        forget_unseen(connection, m_import.id);
        const LayerRow now = require_layer_row(connection, m_import.layer);
        for (const auto &[feature_id, content] : m_brought) {
            data::note_brought(connection, m_import.layer, m_import.first_change, feature_id, content);
        }
        changes = changes_of_draft(now);
        if (m_changes.added + m_changes.changed + m_changes.removed == 0) {
            return;
        }
        LayerProfile profile = m_profile;
        if (m_mode == Store::DraftMode::merge) {
            profile = now.draft_profile;
            profile.merge(m_profile);
        }
        note_draft_import(connection, m_import.layer, m_import.first_change);
        advance_draft(connection, m_import.layer, {m_import.first_change, changes, m_bounds, profile});
    });
    m_committed = true;
    m_lock.reset();
    m_writer.wake(); // a draft that came back to what is published is to be swept
    return changes;
}

/// What the draft will be against what is published now, which may be the draft that the import began with.
DraftChanges DraftSession::changes_of_draft(const LayerRow &now) const {
    DraftChanges changes = m_changes;
    if (now.layer.has_draft) {
        const auto grown = [](std::uint64_t count, std::int64_t growth) { return count + static_cast<std::uint64_t>(growth); };
        changes.added = grown(now.draft_changes.added, m_draft_growth.added);
        changes.changed = grown(now.draft_changes.changed, m_draft_growth.changed);
        changes.removed = grown(now.draft_changes.removed, m_draft_growth.removed);
    }
    changes.unchanged = now.layer.feature_count - changes.changed - changes.removed;
    return changes;
}

} // namespace keyaki::data
