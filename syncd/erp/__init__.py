"""The ERPs: one folder an ERP, all behind `syncd.domain.ports.Erp`. None of them knows another."""
