#include "server/flows/import.hpp"

#include "geo/error.hpp"
#include "server/flows/rallies.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/text_file.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <tuple>

namespace keyaki::server {

namespace {

/// A layer of the manifest and the file that fills it.
struct CityLayer {
    data::LayerSpec spec;
    std::string file;
};

struct CityManifest {
    data::CityName name;
    std::vector<CityLayer> layers;
    std::vector<std::string> rallies;
};

data::LayerGeometry geometry_of(std::string_view name) {
    return name == "point"     ? data::LayerGeometry::point
           : name == "line"    ? data::LayerGeometry::line
           : name == "polygon" ? data::LayerGeometry::polygon
                               : data::LayerGeometry::any;
}

/// {"ja": …, "en": …}
std::pair<std::string, std::string> read_title(ObjectReader &parent, std::string_view name, std::vector<FieldError> &errors) {
    const nlohmann::json *value = parent.required(name);
    if (value == nullptr) {
        return {};
    }
    ObjectReader reader(*value, parent.pointer_to(name), errors);
    std::string ja = reader.text("ja", 200);
    std::string en = reader.text("en", 200);
    reader.finish();
    return {std::move(ja), std::move(en)};
}

CityLayer read_layer(const nlohmann::json &value, const std::string &pointer, std::vector<FieldError> &errors) {
    ObjectReader reader(value, pointer, errors);
    CityLayer layer;
    layer.spec.id = reader.text("id", 48);
    std::tie(layer.spec.title_ja, layer.spec.title_en) = read_title(reader, "title", errors);
    layer.spec.geometry = geometry_of(reader.optional_one_of("geometry", {"any", "point", "line", "polygon"}).value_or("any"));
    layer.spec.visibility = reader.optional_one_of("visibility", {"everyone", "staff"}).value_or("everyone") == "staff" ? data::Visibility::staff
                                                                                                                        : data::Visibility::everyone;
    layer.spec.attribution = reader.optional_text("attribution").value_or("");
    layer.spec.zoom_min = static_cast<int>(reader.optional_integer("minzoom", 0, 22).value_or(0));
    layer.spec.zoom_max = static_cast<int>(reader.optional_integer("maxzoom", 0, 22).value_or(14));
    layer.file = reader.text("file");
    reader.finish();
    return layer;
}

/// The members of a list, each read by `read(value, pointer)`.
template <typename Read>
void read_list(ObjectReader &reader, std::string_view name, const Read &read) {
    const nlohmann::json *list = reader.optional(name);
    if (list == nullptr) {
        return;
    }
    if (!list->is_array()) {
        reader.refuse(name, "expected a list");
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        read((*list)[i], fmt::format("{}/{}", reader.pointer_to(name), i));
    }
}

CityManifest parse_manifest(const std::string &json) {
    return read_object(json, "the city's manifest", [&](ObjectReader &reader, std::vector<FieldError> &errors) {
        CityManifest manifest;
        static_cast<void>(reader.text("id", 64));
        std::tie(manifest.name.ja, manifest.name.en) = read_title(reader, "name", errors);
        for (const std::string_view known : {"centre", "zoom", "bounds", "time_zone"}) {
            reader.optional(known); // what the map page may begin with
        }
        read_list(reader, "layers",
                  [&](const nlohmann::json &value, const std::string &pointer) { manifest.layers.push_back(read_layer(value, pointer, errors)); });
        read_list(reader, "rallies", [&](const nlohmann::json &value, const std::string &pointer) {
            value.is_string() ? manifest.rallies.push_back(value.get<std::string>()) : errors.push_back({pointer, "expected a file's name"});
        });
        return manifest;
    });
}

/// Layers that are already there get the manifest's titles, zooms and visibility, and keep what it does not speak of.
void put_spec(data::Store &store, data::LayerSpec spec, const std::string &author) {
    const auto layer = store.find_layer(spec.id);
    if (layer) {
        spec.schema = layer->spec.schema;
        spec.invalid_geometry = layer->spec.invalid_geometry;
    }
    if (layer && layer->spec == spec) {
        return;
    }
    store.write([&](data::WriteTransaction &books) {
        if (layer) {
            books.update_layer(spec, author, now_us());
        } else {
            books.create_layer(spec, author, now_us());
        }
    });
}

CityOutcome::ImportedLayer import_and_publish(data::Store &store, const CityLayer &layer, const std::filesystem::path &folder,
                                              const std::string &author, bool confirm_removals, const importers::Progress &progress) {
    // A layer of staff's that is opened to everyone is opened with its new content, so that what it held before stays with staff.
    data::LayerSpec first_spec = layer.spec;
    if (const auto known = store.find_layer(layer.spec.id); known && known->spec.visibility == data::Visibility::staff) {
        first_spec.visibility = data::Visibility::staff;
    }
    put_spec(store, first_spec, author);
    LayerImport import;
    import.layer = layer.spec;
    import.file = folder / layer.file;
    import.author = author;
    const ImportOutcome outcome = import_layer(store, import, progress);
    if (outcome.report.refused > 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{} of {} rows of {} were refused; nothing of layer {} was published\n{}", outcome.report.refused,
                                     outcome.report.rows_read, import.file.string(), layer.spec.id, importers::describe(outcome.report)));
    }
    CityOutcome::ImportedLayer imported{layer.spec.id, outcome.report.features, 0, false};
    if (outcome.changes.added + outcome.changes.changed + outcome.changes.removed > 0) {
        store.write([&](data::WriteTransaction &books) {
            imported.revision = books.publish(layer.spec.id, author, fmt::format("import of {}", layer.file), confirm_removals, now_us()).number;
        });
        imported.published = true;
    } else {
        imported.revision = store.find_layer(layer.spec.id)->revision;
    }
    put_spec(store, layer.spec, author);
    return imported;
}

} // namespace

CityOutcome import_city(data::Store &store, const std::filesystem::path &manifest_file, const std::string &author, bool confirm_removals,
                        const importers::Progress &progress) {
    const CityManifest manifest = parse_manifest(read_text_file(manifest_file, max_rally_bytes));
    const std::filesystem::path folder = manifest_file.parent_path();
    CityOutcome outcome;
    outcome.name = manifest.name.ja;
    store.write([&](data::WriteTransaction &books) { books.put_city(manifest.name, author, now_us()); });
    for (const CityLayer &layer : manifest.layers) {
        outcome.layers.push_back(import_and_publish(store, layer, folder, author, confirm_removals, progress));
    }
    for (const std::string &rally : manifest.rallies) {
        outcome.rallies.push_back(put_rally(store, read_text_file(folder / rally, max_rally_bytes), author, now_us()).stored.id);
    }
    return outcome;
}

} // namespace keyaki::server
