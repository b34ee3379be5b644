#include "data/store_check.hpp"

#include "data/feature_row.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/layer_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/limits.hpp"
#include "data/schema.hpp"
#include "data/spatial_index.hpp"
#include "data/unseen_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace keyaki::data {

namespace {

using Problems = std::vector<std::string>;

void check_file(Connection &connection, Problems &problems) {
    const SchemaPermission permission(connection);
    Statement integrity = connection.prepare("PRAGMA integrity_check");
    while (integrity.step()) {
        // One row may hold many lines, under a title that names the database.
        for (std::string_view rest = integrity.column_text(0); !rest.empty();) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (line != "ok" && !line.starts_with("***")) {
                problems.push_back(fmt::format("the database file is damaged: {}", line));
            }
        }
    }
}

void check_references(Connection &connection, Problems &problems) {
    const SchemaPermission permission(connection);
    Statement references = connection.prepare("PRAGMA foreign_key_check");
    while (references.step()) {
        problems.push_back(fmt::format("row {} of table {} names an entry of {} that is not there", references.column_int64(1),
                                       references.column_text(0), references.column_text(2)));
    }
}

void check_revisions(Connection &connection, const LayerRow &row, Problems &problems) {
    const std::string &layer = row.layer.spec.id;
    std::uint64_t expected = row.layer.revision;
    for (const Revision &revision : revisions(connection, layer)) {
        if (revision.number != expected) {
            problems.push_back(fmt::format("expected revision {} of layer {}, found {}", expected, layer, revision.number));
            return;
        }
        --expected;
    }
    if (expected != 0) {
        problems.push_back(fmt::format("revision {} of layer {} is missing", expected, layer));
    }
    Statement order = connection.prepare("SELECT later.number FROM keyaki_revisions later JOIN keyaki_revisions earlier"
                                         " ON earlier.layer = later.layer AND earlier.number = later.number - 1"
                                         " WHERE later.layer = ?1 AND (later.change < earlier.change OR (later.change = earlier.change"
                                         " AND later.added + later.changed + later.removed > 0))"); // a changed schema has the features of before
    if (order.bind_text(1, layer).step()) {
        problems.push_back(fmt::format("revision {} of layer {} does not come after the one before it", order.column_int64(0), layer));
    }
    Statement last = connection.prepare("SELECT change FROM keyaki_revisions WHERE layer = ?1 ORDER BY number DESC LIMIT 1");
    if (last.bind_text(1, layer).step() && last.column_int64(0) != row.published_change) {
        problems.push_back(
            fmt::format("layer {} shows change {}, its last revision is change {}", layer, row.published_change, last.column_int64(0)));
    }
}

void check_versions(Connection &connection, const LayerRow &row, Problems &problems) {
    const std::string &layer = row.layer.spec.id;
    for (const std::int64_t change : {row.published_change, row.draft_change}) {
        Statement twice = connection.prepare(
            fmt::format("SELECT feature_id FROM {} a WHERE {} GROUP BY feature_id HAVING count(*) > 1 LIMIT 1", layer_table(layer), alive("a", 1)));
        if (twice.bind_int64(1, change).step()) {
            problems.push_back(fmt::format("feature {} of layer {} is there twice", twice.column_text(0), layer));
        }
    }
    const auto count = static_cast<std::uint64_t>(count_state(connection, layer, row.published_change));
    if (count != row.layer.feature_count) {
        problems.push_back(fmt::format("layer {} says that it has {} features, found {}", layer, row.layer.feature_count, count));
    }
    if (!(bounds_of_state(connection, layer, row.published_change) == row.layer.bounds)) {
        problems.push_back(fmt::format("the box of layer {} is not the box of its features", layer));
    }
    {
        const DraftChanges counted = count_changes_between(connection, layer, row.published_change, row.draft_change);
        const DraftChanges &said = row.draft_changes;
        if (counted.added != said.added || counted.changed != said.changed || counted.removed != said.removed) {
            problems.push_back(fmt::format("the draft of layer {} says {} added, {} changed, {} removed, found {}, {}, {}", layer, said.added,
                                           said.changed, said.removed, counted.added, counted.changed, counted.removed));
        }
    }
}

/// Every version of every feature still is what it was when it came.
void check_content(Connection &connection, const std::string &layer, Problems &problems) {
    Statement versions = connection.prepare(fmt::format("SELECT row, content_hash, feature_id, properties, geom FROM {}", layer_table(layer)));
    while (versions.step()) {
        const auto said = versions.column_blob(1);
        try {
            const ContentHash found = to_row(to_feature(versions, 2)).content_hash;
            if (std::equal(said.begin(), said.end(), found.begin(), found.end())) {
                continue;
            }
            problems.push_back(
                fmt::format("feature {} (row {}) of layer {} is not what was imported", versions.column_text(2), versions.column_int64(0), layer));
        } catch (const geo::Error &error) {
            problems.push_back(fmt::format("row {} of layer {} is no feature: {}", versions.column_int64(0), layer, error.what()));
        }
        if (problems.size() >= problems_max) {
            return;
        }
    }
}

void check_layer(Connection &connection, const LayerRow &row, Problems &problems) {
    check_revisions(connection, row, problems);
    check_versions(connection, row, problems);
    check_content(connection, row.layer.spec.id, problems);
    // The first import into a layer builds the index at its end.
    if (!has_unindexed_rows(connection, row.layer.spec.id)) {
        Problems found = check_spatial_index(connection, row.layer.spec.id);
        std::move(found.begin(), found.end(), std::back_inserter(problems));
    }
}

void check_ledger(Connection &connection, Problems &problems) {
    Problems found = verify_ledger(connection).problems;
    std::move(found.begin(), found.end(), std::back_inserter(problems));
}

/// What cannot even be read is a problem to report, not a reason to leave the rest unchecked.
void collect(Problems &problems, std::string_view what, const std::function<void()> &check) {
    try {
        check();
    } catch (const geo::Error &error) {
        if (error.kind() == geo::ErrorKind::unavailable) {
            throw; // asked again it may be read
        }
        problems.push_back(fmt::format("{} cannot be read: {}", what, error.what()));
    }
}

} // namespace

std::vector<std::string> check_database(Connection &connection) {
    Problems problems;
    collect(problems, "the file", [&] { check_file(connection, problems); });
    collect(problems, "the references between its tables", [&] { check_references(connection, problems); });
    collect(problems, "the layers", [&] {
        for (const LayerRow &row : layer_rows(connection)) {
            collect(problems, "layer " + row.layer.spec.id, [&] { check_layer(connection, row, problems); });
        }
    });
    collect(problems, "the ledger", [&] { check_ledger(connection, problems); });
    problems.resize(std::min(problems.size(), problems_max));
    return problems;
}

void refuse_damage_after_crash(Connection &connection) {
    const Transaction view(connection, Transaction::Kind::read); // others may have opened it by now, and write
    Problems problems;
    collect(problems, "the file", [&] { check_file(connection, problems); });
    collect(problems, "the references between its tables", [&] { check_references(connection, problems); });
    if (is_of_this_version(connection)) {
        collect(problems, "the ledger", [&] { check_ledger(connection, problems); });
    }
    if (!problems.empty()) {
        throw geo::Error(
            geo::ErrorKind::corrupt,
            fmt::format("{0} was not closed, and with what its write-ahead log {0}-wal holds it is damaged ({1} problems; the first: {2}); "
                        "either the log belongs to another database or the disk lost something; nothing was changed",
                        connection.file().string(), problems.size(), problems.front()));
    }
}

} // namespace keyaki::data
