#include "server/imports/upload.hpp"

#include "geo/error.hpp"
#include "server/imports/limits.hpp"
#include "server/imports/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>

namespace keyaki::server::imports {

namespace {

constexpr std::size_t piece_bytes = std::size_t{64} * 1024;

/// Calls take with all of the body, piece by piece.
void read_body(const http::Request &request, const std::function<void(std::string_view)> &take) {
    if (!request.body_file) {
        return take(request.body);
    }
    std::array<char, piece_bytes> buffer; // NOLINT: filled by read
    std::size_t place = 0;
    for (std::size_t got = request.body_file->read(place, buffer); got > 0; got = request.body_file->read(place, buffer)) {
        take(std::string_view(buffer.data(), got));
        place += got;
    }
}

/// The file that is being written.
class UploadWriter {
  public:
    explicit UploadWriter(Upload &upload) : m_upload(upload) {}

    void begin(std::string_view name, std::string_view content_type) {
        m_upload.file_name = safe_file_name(name, content_type);
        m_upload.file = m_upload.place->folder() / m_upload.file_name;
        m_out.open(m_upload.file, std::ios::binary | std::ios::trunc);
    }
    void append(std::string_view bytes) {
        m_out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        m_bytes += bytes.size();
        require_written();
    }
    void finish() {
        m_out.close(); // writes what its buffer still holds: a file without its end would be read as one that lacks rows
        require_written();
        if (m_bytes == 0) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a file, found {} empty", m_upload.file_name));
        }
    }

  private:
    void require_written() const {
        if (!m_out) {
            throw geo::Error(geo::ErrorKind::unavailable, "the uploaded file cannot be kept: its folder cannot be written, or the disk is full");
        }
    }

    Upload &m_upload;
    std::ofstream m_out;
    std::size_t m_bytes = 0;
};

void receive_form(const http::Request &request, std::string_view boundary, Upload &upload) {
    UploadWriter writer(upload);
    bool in_file = false;
    std::string *field = nullptr;
    MultipartReader::Handlers handlers;
    handlers.begin = [&](FormPart &&part) {
        in_file = part.file_name.has_value();
        if (in_file && !upload.file.empty()) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected one file in the form, found {} and another", upload.file_name));
        }
        if (in_file) {
            return writer.begin(*part.file_name, part.content_type);
        }
        const auto [entry, is_new] = upload.fields.try_emplace(part.name);
        if (!is_new) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the form has the field {} twice", part.name));
        }
        field = &entry->second;
    };
    handlers.data = [&](std::string_view bytes) {
        if (in_file) {
            return writer.append(bytes);
        }
        field->append(bytes);
        if (field->size() > max_form_field_bytes) {
            throw geo::Error(geo::ErrorKind::too_large,
                             fmt::format("expected fields of at most {} bytes in the form, found a longer one; a file needs a "
                                         "filename",
                                         max_form_field_bytes));
        }
    };
    handlers.end = [] {};
    MultipartReader reader(boundary, std::move(handlers));
    read_body(request, [&](std::string_view bytes) { reader.feed(bytes); });
    reader.finish();
    if (upload.file.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected a file in the form (a part with a filename), found none");
    }
    writer.finish();
}

} // namespace

Upload receive_upload(const http::Request &request, UploadFolder &folder) {
    Upload upload;
    upload.place = folder.make_place();
    const std::string_view content_type = request.header("Content-Type");
    if (const auto boundary = form_boundary(content_type)) {
        receive_form(request, *boundary, upload);
        return upload;
    }
    UploadWriter writer(upload);
    writer.begin(header_parameter(request.header("Content-Disposition"), "filename").value_or(""), content_type);
    read_body(request, [&](std::string_view bytes) { writer.append(bytes); });
    writer.finish();
    return upload;
}

} // namespace keyaki::server::imports
