#pragma once

#include "server/flows/opened_archive.hpp"

#include <memory>
#include <string>

namespace keyaki::server {

/// An archive's step from one version of its file to another, as it has come into service.
struct ArchiveReplacement {
    std::string archive;                         ///< its id
    std::shared_ptr<const OpenedArchive> before; ///< nullptr where none could be served until now
    std::shared_ptr<const OpenedArchive> after;
};

/// Names a version of an archive's file; the same for the same file.
[[nodiscard]] std::string version_text(const OpenedArchive &archive);

/// The data of the event `archive-replaced` as JSON: `archive`, its `version`, and `tiles` as in layer-published: exactly the tiles whose bytes
/// differ, or all of every zoom with a reason. Reads both archives as far as the limits go.
[[nodiscard]] std::string archive_replaced_json(const ArchiveReplacement &replacement);

} // namespace keyaki::server
