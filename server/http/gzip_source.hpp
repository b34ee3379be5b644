#pragma once

#include "server/http/response.hpp"

#include <memory>
#include <string>

namespace keyaki::server::http {

/// The gzip form (RFC 1952, one member) of a body that begins with `first` and goes on with what `rest` makes.
[[nodiscard]] std::shared_ptr<BodySource> gzip_source(const std::string &first, std::shared_ptr<BodySource> rest);

} // namespace keyaki::server::http
