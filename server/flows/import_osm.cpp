#include "server/flows/import.hpp"

#include "importers/osm_file.hpp"
#include "server/time.hpp"

#include <memory>

namespace keyaki::server {

OsmImportOutcome import_osm(data::Store &store, const std::filesystem::path &file, const std::optional<geo::LonLatBox> &box,
                            const std::string &author, const importers::Progress &progress) {
    return {};
}

} // namespace keyaki::server
