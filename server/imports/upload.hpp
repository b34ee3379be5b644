#pragma once

#include "server/http/request.hpp"
#include "server/imports/upload_folder.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace keyaki::server::imports {

/// The file that a request brought, in a folder of its own, and the other fields of its form.
struct Upload {
    std::shared_ptr<UploadPlace> place;
    std::filesystem::path file;
    std::string file_name;                     ///< as it is kept, and as sentences name it
    std::map<std::string, std::string> fields; ///< of a form, but for the file; each name once
};

/// The body as it is (its name from Content-Disposition, its type from Content-Type), or the one file of a multipart/form-data form.
/// \throws geo::Error invalid_input for a body that is empty, a form that is broken, has no file or two; too_large; unavailable where the disk is
/// full
[[nodiscard]] Upload receive_upload(const http::Request &request, UploadFolder &folder);

} // namespace keyaki::server::imports
