#include "server/flows/import.hpp"

#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/flows/given_ids.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace keyaki::server {

namespace {

/// This program, which reads files from outside when it is started as a child.
std::filesystem::path own_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

bool fits(data::LayerGeometry wanted, const geo::Geometry &geometry) {
    switch (wanted) {
    case data::LayerGeometry::any: return true;
    case data::LayerGeometry::point: return geometry.is_point();
    case data::LayerGeometry::line: return geometry.is_line();
    case data::LayerGeometry::polygon: return geometry.is_polygon();
    }
    return false;
}

} // namespace

data::Layer ensure_layer(data::Store &store, data::LayerSpec spec, const std::string &author) {
    if (auto layer = store.find_layer(spec.id)) {
        return *layer;
    }
    if (!data::is_layer_id(spec.id)) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("a layer's id is a-z, then a-z, 0-9 and _, at most 48 of them; found \"{}\"", spec.id));
    }
    if (spec.title_en.empty()) {
        spec.title_en = spec.title_ja.empty() ? spec.id : spec.title_ja;
    }
    if (spec.title_ja.empty()) {
        spec.title_ja = spec.title_en;
    }
    store.write([&](data::WriteTransaction &books) { books.create_layer(spec, author, now_us()); });
    return *store.find_layer(spec.id);
}

ImportOutcome import_layer(data::Store &store, const LayerImport &import, const importers::Progress &progress) {
    if (!std::filesystem::exists(import.file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", import.file.string()));
    }
    const data::Layer layer = ensure_layer(store, import.layer, import.author);
    const auto writer = store.write_draft(layer.spec.id, import.mode, import.author);
    GivenIds ids;
    std::uint64_t misfits = 0;
    const auto sink = [&](geo::Feature &&feature) {
        if (!fits(layer.spec.geometry, feature.geometry)) {
            ++misfits;
            return;
        }
        ids.give(feature);
        writer->put(std::move(feature));
    };
    ImportOutcome outcome;
    outcome.report = importers::read_in_child(own_program(), import.file, import.options, sink, progress);
    if (misfits > 0) {
        outcome.report.warn(fmt::format("{} features are of another geometry type than layer {} takes and were left out", misfits, layer.spec.id));
    }
    if (outcome.report.features == misfits && outcome.report.rows_read > 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("none of the {} rows of {} could be taken; nothing was changed\n{}", outcome.report.rows_read,
                                     import.file.string(), importers::describe(outcome.report)));
    }
    outcome.changes = writer->commit();
    return outcome;
}

importers::ImportReport dry_run(const std::filesystem::path &file, const importers::ImportOptions &options, const importers::Progress &progress) {
    return importers::read_in_child(
        own_program(), file, options, [](geo::Feature &&) {}, progress);
}

} // namespace keyaki::server
