#include "importers/gdal_session.hpp"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogrsf_frmts.h>

#include <mutex>
#include <string_view>

namespace keyaki::importers {

void prepare_gdal() {
    static std::once_flag once;
    std::call_once(once, [] {
        RegisterOGRShape();
        RegisterOGRGeoJSON();
        RegisterOGRGeoJSONSeq();
        RegisterOGRGeoPackage();
        RegisterOGRFlatGeobuf();
        RegisterOGRGPX();
        RegisterOGRLIBKML();
        RegisterOGRXLSX();
        // Nothing that a file names is fetched, and nothing is written beside it.
        CPLSetConfigOption("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none");
        CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
        CPLSetConfigOption("OGR_SQLITE_LIST_VIRTUAL_OGR", "NO");
        CPLSetConfigOption("SHAPE_RESTORE_SHX", "NO");
        CPLSetConfigOption("OGR_GEOJSON_MAX_OBJ_SIZE", "200"); // megabytes of one feature's text
        CPLSetConfigOption("LIBKML_RESOLVE_STYLE", "NO");
        CPLSetConfigOption("LIBKML_READ_GROUND_OVERLAY", "NO");
        CPLSetConfigOption("GPX_ELE_AS_25D", "NO");
        CPLSetConfigOption("OGR_XLSX_HEADERS", "DISABLE"); // which row is the header is ours to find, and so are the types
        CPLSetConfigOption("OGR_XLSX_FIELD_TYPES", "STRING");
    });
}

namespace {

constexpr std::size_t max_message_bytes = 1000; // GDAL quotes whole files when it fails

void CPL_STDCALL collect(CPLErr kind, CPLErrorNum, const char *text) {
    auto *messages = static_cast<GdalMessages *>(CPLGetErrorHandlerUserData());
    if (kind >= CE_Warning) {
        messages->add(kind >= CE_Failure, text);
    }
}

} // namespace

GdalMessages::GdalMessages() { CPLPushErrorHandlerEx(collect, this); }
GdalMessages::~GdalMessages() { CPLPopErrorHandler(); }

void GdalMessages::add(bool is_failure, const char *text) {
    std::string &kept = is_failure ? m_failure : m_warning;
    if (kept.empty()) {
        kept = std::string_view(text).substr(0, max_message_bytes);
    }
}

std::string GdalMessages::take_failure() {
    std::string text = m_failure.empty() ? "nothing in it is a layer of features" : m_failure;
    m_failure.clear();
    return text;
}

std::string GdalMessages::take_warning() {
    std::string text;
    text.swap(m_warning);
    return text;
}

} // namespace keyaki::importers
