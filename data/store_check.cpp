#include "data/store_check.hpp"

#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/layer_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/limits.hpp"
#include "data/spatial_index.hpp"
#include "data/unseen_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

namespace keyaki::data {

namespace {

using Problems = std::vector<std::string>;

void check_file(Connection &connection, Problems &problems) {
    const SchemaPermission permission(connection);
    Statement integrity = connection.prepare("PRAGMA integrity_check");
    while (integrity.step()) {
        if (integrity.column_text(0) != "ok") {
            problems.push_back(fmt::format("the database file is damaged: {}", integrity.column_text(0)));
        }
    }
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
                                         " WHERE later.layer = ?1 AND later.change <= earlier.change");
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

void check_layer(Connection &connection, const LayerRow &row, Problems &problems) {
    check_revisions(connection, row, problems);
    check_versions(connection, row, problems);
    // The first import into a layer builds the index at its end.
    if (!has_unindexed_rows(connection, row.layer.spec.id)) {
        Problems found = check_spatial_index(connection, row.layer.spec.id);
        std::move(found.begin(), found.end(), std::back_inserter(problems));
    }
}

/// What cannot even be read is a problem to report, not a reason to leave the rest unchecked.
void collect(Problems &problems, std::string_view what, const std::function<void()> &check) {
    try {
        check();
    } catch (const geo::Error &error) {
        if (error.kind() != geo::ErrorKind::corrupt && error.kind() != geo::ErrorKind::not_found) {
            throw;
        }
        problems.push_back(fmt::format("{} cannot be read: {}", what, error.what()));
    }
}

[[noreturn]] void fail(const std::filesystem::path &file, std::string_view what) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot {} {}: {}", what, file.string(), std::strerror(errno)));
}

void sync_path(const std::filesystem::path &path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!synced) {
        fail(path, "sync");
    }
}

/// Removes the half copy when something fails on the way.
class PartialFile {
  public:
    explicit PartialFile(std::filesystem::path path) : m_path(std::move(path)) {}
    ~PartialFile() {
        for (const char *suffix : {"", "-journal", "-wal", "-shm"}) {
            std::error_code ignored; // it was renamed, or never there
            std::filesystem::remove(m_path.string() + suffix, ignored);
        }
    }
    PartialFile(const PartialFile &) = delete;
    PartialFile &operator=(const PartialFile &) = delete;
    [[nodiscard]] const std::filesystem::path &path() const noexcept { return m_path; }

  private:
    std::filesystem::path m_path;
};

} // namespace

std::vector<std::string> check_database(Connection &connection) {
    Problems problems;
    collect(problems, "the file", [&] { check_file(connection, problems); });
    collect(problems, "the layers", [&] {
        for (const LayerRow &row : layer_rows(connection)) {
            collect(problems, "layer " + row.layer.spec.id, [&] { check_layer(connection, row, problems); });
        }
    });
    collect(problems, "the ledger", [&] {
        Problems ledger = verify_ledger(connection).problems;
        std::move(ledger.begin(), ledger.end(), std::back_inserter(problems));
    });
    problems.resize(std::min(problems.size(), problems_max));
    return problems;
}

void back_up(Connection &connection, const std::filesystem::path &target) {
    if (std::filesystem::exists(target)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("expected a new file for the backup, found {} there already", target.string()));
    }
    const PartialFile partial(fmt::format("{}.partial-{}", target.string(), ::getpid()));
    connection.copy_to(partial.path());
    sync_path(partial.path());
    // Not over a file that appeared meanwhile.
    if (::renameat2(AT_FDCWD, partial.path().c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
        fail(target, "give the finished backup its name");
    }
    sync_path(std::filesystem::absolute(target).parent_path());
}

} // namespace keyaki::data
