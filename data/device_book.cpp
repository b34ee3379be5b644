#include "data/books.hpp"
#include "data/columns.hpp"
#include "data/database.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

namespace keyaki::data {

std::optional<DeviceBook::Device> DeviceBook::find(std::string_view device) {
    Statement row = m_connection.prepare("SELECT public_key, last_counter FROM device_key WHERE device = ?1");
    if (!row.bind_view(1, device).step()) {
        return std::nullopt;
    }
    Device found;
    found.public_key = bytes_of<32>(row, 0, "the public key of the device '" + std::string(device) + "'");
    found.last_counter = row.column_int64(1);
    return found;
}

void DeviceBook::count(std::string_view device, const std::array<std::uint8_t, 32> &public_key, std::int64_t counter) {
    require_identifier("the device of a key", device);
    Statement upsert = m_connection.prepare(R"(
        INSERT INTO device_key (device, public_key, last_counter) VALUES (?1, ?2, ?3)
        ON CONFLICT (device) DO UPDATE SET last_counter = excluded.last_counter
        WHERE public_key = excluded.public_key AND last_counter < excluded.last_counter)");
    upsert.bind_view(1, device).bind_blob(2, public_key).bind_int64(3, counter).run();
    if (m_connection.changes() != 1) {
        throw geo::Error(geo::ErrorKind::conflict, "a device keeps its key, and its counter goes up");
    }
}

} // namespace keyaki::data
