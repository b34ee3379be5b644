#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/imports/upload_folder.hpp"
#include "server/osm/kept_extract.hpp"
#include "server/osm/limits.hpp"
#include "server/osm/osm_fill.hpp"
#include "server/osm/osm_import.hpp"
#include "server/osm/replication_folder.hpp"
#include "server/osm/work_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace keyaki::server {

namespace {

constexpr std::string_view extract_name = "extract.osm.pbf";

/// The files to be laid over the extract, and the number of the last one in the replication's own count.
struct Chosen {
    std::vector<std::filesystem::path> files;
    std::uint64_t sequence = 0;
    std::uint64_t left = 0; ///< newer ones, for the next time
};

Chosen choose_of_folder(const OsmChangesImport &import, const data::OsmExtract &extract) {
    const std::filesystem::path &path = import.files.front();
    const ReplicationFolder folder(path);
    const std::uint64_t first = import.from_sequence.value_or(extract.sequence > 0 ? extract.sequence + 1 : 0);
    if (extract.sequence > 0 && first > extract.sequence + 1) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("--from: expected at most {}, which comes after what the extract has, found {}: changes must follow each other without "
                        "a gap",
                        extract.sequence + 1, first));
    }
    if (first == 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: the extract does not tell how far it is: name the first change with --from; the newest is {}",
                                     path.string(), folder.newest()));
    }
    Chosen chosen;
    for (std::uint64_t sequence = first; sequence <= folder.newest() && chosen.files.size() < max_change_files; ++sequence) {
        chosen.files.push_back(folder.file(sequence));
        chosen.sequence = sequence;
        chosen.left = folder.newest() - sequence;
    }
    return chosen;
}

Chosen choose(const OsmChangesImport &import, const data::OsmExtract &extract) {
    const auto is_folder = [](const std::filesystem::path &path) { return std::filesystem::is_directory(path); };
    if (import.files.size() == 1 && is_folder(import.files.front())) {
        return choose_of_folder(import, extract);
    }
    for (const std::filesystem::path &file : import.files) {
        if (is_folder(file)) {
            throw geo::Error(
                geo::ErrorKind::invalid_input,
                fmt::format("{}: expected change files, or one folder of a replication alone, found a folder beside others", file.string()));
        }
    }
    if (import.files.size() > max_change_files) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected at most {} change files, found {}", max_change_files, import.files.size()));
    }
    return {import.files, 0, 0};
}

/// Copies the files beside the extract, for the child may read one folder only; their names there.
std::vector<std::string> copy_to(const std::filesystem::path &folder, const std::vector<std::filesystem::path> &files) {
    std::vector<std::string> names;
    for (const std::filesystem::path &file : files) {
        names.push_back(fmt::format("{:03}-{}", names.size(), file.filename().string()));
        std::error_code problem;
        std::filesystem::copy_file(file, folder / names.back(), problem);
        if (problem) {
            throw geo::Error(std::filesystem::exists(file) ? geo::ErrorKind::unavailable : geo::ErrorKind::not_found,
                             fmt::format("{}: cannot be copied to {}: {}", file.string(), folder.string(), problem.message()));
        }
    }
    return names;
}

/// The sentence with the files as somebody named them, and not with their copies.
std::string with_own_names(std::string sentence, const std::filesystem::path &folder, const std::vector<std::string> &copies,
                           const std::vector<std::filesystem::path> &files) {
    const auto replace = [&sentence](const std::string &what, const std::string &with) {
        if (const std::size_t place = sentence.find(what); place != std::string::npos) {
            sentence.replace(place, what.size(), with);
        }
    };
    for (std::size_t i = 0; i < files.size(); ++i) {
        replace((folder / copies[i]).string(), files[i].string());
        replace(copies[i], files[i].filename().string());
    }
    return sentence;
}

/// Lays the files over the extract in `folder`.
importers::OsmChangeReport change(const std::filesystem::path &folder, const Chosen &chosen, const std::optional<geo::LonLatBox> &box,
                                  const std::filesystem::path &out, const importers::Progress &progress) {
    const std::vector<std::string> copies = copy_to(folder, chosen.files);
    WorkFile changed(out);
    const auto sink = [&](std::string_view bytes) { changed.write(bytes); };
    try {
        const auto report =
            importers::change_osm_extract_in_child(importers::own_program, folder, extract_name, copies, {box, chosen.sequence}, sink, progress);
        changed.close();
        return report;
    } catch (const geo::Error &error) {
        throw geo::Error(error.kind(), with_own_names(error.what(), folder, copies, chosen.files));
    }
}

} // namespace

OsmChangesOutcome import_osm_changes(data::Store &store, const OsmChangesImport &import, const importers::Progress &progress) {
    const auto lock = store.lock_osm();
    imports::UploadFolder folders(import.work_folder);
    const auto place = folders.make_place();
    const std::filesystem::path extract_file = place->folder() / extract_name;
    data::OsmExtract extract = write_kept_extract(store, extract_file);
    const Chosen chosen = choose(import, extract);
    OsmChangesOutcome outcome;
    outcome.files = chosen.files.size();
    outcome.files_left = chosen.left;
    if (chosen.files.empty()) {
        return outcome;
    }
    const std::filesystem::path changed_file = place->folder() / ("changed-" + std::string(extract_name));
    outcome.changes = change(place->folder(), chosen, extract.box, changed_file, progress);
    std::filesystem::remove(extract_file);

    ExtractKeeper keeper(store);
    const OsmImport extract_import{changed_file, extract.is_box_asked ? extract.box : std::nullopt, import.conflicts, import.author};
    outcome.import = fill_drafts(store, extract_import, progress, [&](OsmImportOutcome &) { keeper.put_file(changed_file); });
    extract.changed_at_s = outcome.changes.changed_at_s;
    extract.sequence = outcome.changes.sequence;
    outcome.import.kept = keeper.keep(std::move(extract));
    return outcome;
}

} // namespace keyaki::server
